import HTTPClient
import Kafka
import Models
import Postgres
import Runtime
import Storage

/// Asks endpoints whether they answer, all at once.
struct UptimeAsking: Sendable {
    /// What one may take; slower counts as down.
    static let answerWithin = Duration.seconds(10)
    private static let bodyBytesMax = 256 << 10

    /// What is asked, and which answer means that it works.
    enum Question: Sendable {
        /// Any answer of the provider's own, a refusal too: it is asked without a token, so it costs no account's budget.
        case provider(url: String)
        /// Meta's handshake with a word that is wrong, by the address that Meta uses: the refusal proves the whole way
        /// through proxy and service, and changes nothing.
        case webhook(url: String)
        /// Whether a service says that it can work.
        case service(url: String)
        case postgres
        case kafka
    }

    let client: HTTPClient
    let database: Database
    let kafka: KafkaProbe
    /// By the names that pages and alerts call them.
    let questions: [(name: String, question: Question)]

    func ask(leavingOut unused: Set<String> = []) async -> [UptimeCheck] {
        await withTaskGroup(of: UptimeCheck.self) { group in
            for (name, question) in questions where !unused.contains(name) {
                group.addTask { await check(name, question) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }

    func check(_ name: String, _ question: Question) async -> UptimeCheck {
        let at = SystemClock.now()
        let begun = Monotonic.now()
        let why = await problem(question)
        return UptimeCheck(name: name, at: at, milliseconds: (Monotonic.now() - begun).seconds * 1_000, why: why)
    }

    /// Nil when it works. What stands here is shown to founders: no token and no address with one.
    private func problem(_ question: Question) async -> String? {
        do {
            switch question {
            case .provider(let url):
                let status = try await get(url)
                return status < 500 ? nil : "answered \(status)"
            case .webhook(let url):
                let status = try await get(
                    url + "/webhooks/meta?hub.mode=subscribe&hub.challenge=uptime&hub.verify_token=wrong-on-purpose")
                return status == 403 ? nil : "answered \(status) where 403 was expected"
            case .service(let url):
                let status = try await get(url + "/readyz")
                return status == 200 ? nil : "not ready: answered \(status)"
            case .postgres:
                try await database.ping()
                return nil
            case .kafka:
                try await kafka.ping(within: Self.answerWithin)
                return nil
            }
        } catch let failure as ClientFailure {
            return "no answer: \(failure.kind)"
        } catch let error as KafkaError {
            return "no answer: \(error)"
        } catch let error as DatabaseError {
            return "no answer: \(error.publicText)"
        } catch {
            return "no answer"
        }
    }

    private func get(_ url: String) async throws -> Int {
        try await client.send(
            ClientRequest(url: url, timeout: Self.answerWithin, responseBytesMax: Self.bodyBytesMax)
        ).status
    }
}
