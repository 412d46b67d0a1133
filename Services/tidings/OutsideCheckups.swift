import HTTPClient
import JSON
import Models
import Runtime

/// Whether each service says that it can work.
struct ServicesCheckup {
    static let addresses = [
        ("INGEST_URL", "ingest-api"), ("MONITOR_URL", "monitor"), ("WEBHOOK_URL", "webhook-receiver"),
        ("DISPATCHER_URL", "dispatcher"), ("RETRY_SCHEDULER_URL", "retry-scheduler"), ("ALERTER_URL", "alerter"),
    ]

    let settings: Settings
    let client: HTTPClient

    func look() async -> [Finding] {
        var findings: [Finding] = []
        for (name, service) in Self.addresses {
            guard let url = settings.text(name) else {
                findings.append(.skipped("\(service): \(name) is not set"))
                continue
            }
            findings.append(await look(at: service, url))
        }
        return findings
    }

    private func look(at service: String, _ url: String) async -> Finding {
        do {
            let answer = try await client.send(ClientRequest(url: url + "/readyz", timeout: .seconds(5)))
            if answer.status == 200 { return .fine("\(service) is ready") }
            let failing = String(decoding: answer.body.prefix(300), as: UTF8.self)
            return .bad("\(service) is not ready: \(failing)", "It names what it lacks; its log says more.")
        } catch {
            return .bad("\(service) does not answer: \(error.text)", "Start it, or correct its address.")
        }
    }
}

/// Whether the providers can be reached from here, and whether our clock agrees with theirs.
struct ProviderCheckup {
    let settings: Settings
    let client: HTTPClient

    func look() async -> [Finding] {
        let meta = settings.text("META_API_URL") ?? "https://graph.facebook.com"
        let twilio = settings.text("TWILIO_API_URL") ?? "https://api.twilio.com"
        return [await look(at: "Meta", meta), await look(at: "Twilio", twilio)]
    }

    private func look(at provider: String, _ url: String) async -> Finding {
        do {
            let answer = try await client.send(ClientRequest(url: url + "/", timeout: .seconds(10)))
            // Without a token it refuses us, and that is an answer.
            guard answer.status < 500 else {
                return .bad("\(provider) answers HTTP \(answer.status)", "Messages wait by themselves until it is well.")
            }
            return .fine("\(provider) can be reached in \(Int(answer.duration / .milliseconds(1))) ms")
        } catch {
            return .bad(
                "\(provider) cannot be reached: \(error.text)",
                "Look at the way out of this machine: name resolution, firewall, proxy.")
        }
    }
}

/// Does what Meta does: shakes hands, and knocks with a signature that is none.
struct WebhookCheckup {
    private static let path = "/webhooks/meta"

    let settings: Settings
    let client: HTTPClient

    func look() async -> [Finding] {
        guard let address = settings.text("PUBLIC_WEBHOOK_URL") ?? settings.text("WEBHOOK_URL") else {
            return [.skipped("neither PUBLIC_WEBHOOK_URL nor WEBHOOK_URL is set")]
        }
        let url = (address.hasSuffix("/") ? String(address.dropLast()) : address) + Self.path
        return [await shakeHands(url), await knockWithoutSignature(url)]
    }

    private func shakeHands(_ url: String) async -> Finding {
        guard let token = settings.reader.optionalSecret("WEBHOOK_VERIFY_TOKEN") else {
            return .skipped("WEBHOOK_VERIFY_TOKEN is not set")
        }
        let challenge = IDSource().uuid().description
        let query =
            "?hub.mode=subscribe&hub.verify_token=\(token.reveal().percentEncoded)&hub.challenge=\(challenge)"
        do {
            let answer = try await client.send(ClientRequest(url: url + query, timeout: .seconds(10)))
            if answer.status == 200, answer.body == Array(challenge.utf8) {
                return .fine("\(url) answers Meta's handshake")
            }
            return .bad(
                "\(url) answers the handshake with HTTP \(answer.status)",
                "Is it webhook-receiver that answers there, with the same WEBHOOK_VERIFY_TOKEN?")
        } catch {
            return .bad("\(url) cannot be reached: \(error.text)", "Providers bring receipts there: DNS, TLS and proxy.")
        }
    }

    private func knockWithoutSignature(_ url: String) async -> Finding {
        let request = ClientRequest(
            method: "POST", url: url,
            headers: [("Content-Type", "application/json"), ("X-Hub-Signature-256", "sha256=00")],
            body: Array("{}".utf8), timeout: .seconds(10))
        do {
            let answer = try await client.send(request)
            return (400..<500).contains(answer.status)
                ? .fine("what is not signed by Meta is refused")
                : .bad(
                    "an unsigned delivery is answered HTTP \(answer.status)",
                    "Something else than webhook-receiver answers there.")
        } catch {
            return .bad("\(url) cannot be reached: \(error.text)", "Providers bring receipts there: DNS, TLS and proxy.")
        }
    }
}

/// What a business needs before its first message: a key that works, a sender that its provider knows, an approved template.
struct BusinessCheckup {
    let session: Session

    func look() async -> [Finding] {
        guard session.settings.text("INGEST_URL") != nil,
            session.settings.text("TIDINGS_API_KEY") ?? session.settings.text("DEMO_API_KEY") != nil
        else { return [.skipped("TIDINGS_API_KEY is not set: give one to have its business looked at")] }
        do {
            return try await senders() + [try await templates(), try await gates()]
        } catch let refusal as Refusal {
            return [.bad(refusal.title, refusal.lines.first ?? "See the log of ingest-api.")]
        } catch {
            return [.bad("\(error)", "See the log of ingest-api.")]
        }
    }

    private func senders() async throws -> [Finding] {
        let senders = try await session.call("GET", "/v1/senders?limit=200")["data"]?.elements ?? []
        if senders.isEmpty { return [.bad("the business has no sender", "POST /v1/senders takes one.")] }
        var findings: [Finding] = []
        for sender in senders {
            let name = "sender \(sender.text("name"))"
            guard sender.text("status") == "active" else {
                findings.append(.doubtful("\(name) is \(sender.text("status"))", "Its messages wait until it is active."))
                continue
            }
            let answer = try await session.call("POST", "/v1/senders/\(sender.text("id"))/verify")
            let verification = answer["verification"]
            let problem = verification?.text("explanation") ?? ""
            let seen = "\(verification?.text("verified_name") ?? "") \(verification?.text("quality_rating") ?? "")"
            findings.append(
                problem.isEmpty
                    ? .fine("\(name): its provider knows it (\(seen))")
                    : .bad("\(name): \(problem)", "PATCH /v1/senders/\(sender.text("id")) takes another token."))
        }
        return findings
    }

    private func templates() async throws -> Finding {
        let templates = try await session.call("GET", "/v1/templates?limit=200")["data"]?.elements ?? []
        let approved = templates.count { $0.text("status") == "approved" }
        return approved > 0
            ? .fine("\(approved) of \(templates.count) templates are approved")
            : .bad("no template is approved", "POST /v1/templates, then /v1/templates/{id}/submit; Meta looks at it within a day.")
    }

    private func gates() async throws -> Finding {
        let gates = try await session.call("GET", "/v1/gates")["data"]?.elements ?? []
        guard let gate = gates.first else { return .fine("nothing holds its messages") }
        return .doubtful(
            "\(gates.count) gates hold messages: \(gate.text("title")) (\(gate.text("held")) held)", gate.text("remedy"))
    }
}
