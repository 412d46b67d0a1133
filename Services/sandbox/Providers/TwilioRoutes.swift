import Crypto
import HTTPServer
import JSON
import Models
import Runtime
import ServiceKit
import WhatsApp

/// Twilio's Messages resource, as far as WhatsApp needs it.
struct TwilioRoutes: Sendable {
    let settings: ProvidersSettings
    let standIn: TwilioStandIn
    let callbacks: TwilioCallbacks
    /// Set when the stand-in stops: whoever hangs is let go.
    let letGo: StopFlag

    func add(to router: inout Router) {
        router.on(.post, "/2010-04-01/Accounts/{account}/Messages.json") { await messages($0) }
        router.on(.get, "/2010-04-01/Accounts/{account}/Messages/{message}") { await message($0) }
        router.on(.get, "/2010-04-01/Accounts/{account}") { account($0) }
        router.on(.get, "/v2/Channels/Senders") { senders($0) }
        router.on(.get, "/v1/Services/{service}") { service($0) }
        router.on(.post, "/oracle/twilio/inbound") { try await inbound($0) }
        router.on(.post, "/v1/Content") { addContent($0) }
        router.on(.delete, "/v1/Content/{sid}") { removeContent($0) }
        router.on(.post, "/v1/Content/{sid}/ApprovalRequests/whatsapp") { approveContent($0) }
        router.on(.get, "/v1/ContentAndApprovals") { listContents($0) }
    }

    // MARK: Templates

    private func addContent(_ request: Request) -> Response {
        guard let account = contentAccount(request) else { return Self.answer(TwilioRefusal(20_003, 401)) }
        guard let given = (try? JSONDocument(parsing: request.body))?.root,
            let answer = standIn.contents.add(given, to: account)
        else { return Self.answer(TwilioRefusal(20_001)) }
        return .json(201, answer)
    }

    private func approveContent(_ request: Request) -> Response {
        guard let account = contentAccount(request) else { return Self.answer(TwilioRefusal(20_003, 401)) }
        guard let given = (try? JSONDocument(parsing: request.body))?.root, let name = given["name"]?.string,
            let category = given["category"]?.string
        else { return Self.answer(TwilioRefusal(20_001)) }
        let sid = request.pathParameter("sid") ?? ""
        guard let answer = standIn.contents.approve(sid, of: account, name: name, category: category) else {
            return Self.answer(TwilioRefusal(20_404, 404))
        }
        return .json(201, answer)
    }

    private func removeContent(_ request: Request) -> Response {
        guard let account = contentAccount(request) else { return Self.answer(TwilioRefusal(20_003, 401)) }
        return standIn.contents.remove(request.pathParameter("sid") ?? "", of: account)
            ? .empty() : Self.answer(TwilioRefusal(20_404, 404))
    }

    private func listContents(_ request: Request) -> Response {
        guard let account = contentAccount(request) else { return Self.answer(TwilioRefusal(20_003, 401)) }
        let size = min(max(request.query("PageSize").flatMap { Int($0) } ?? 50, 1), 1_000)
        let page = max(request.query("Page").flatMap { Int($0) } ?? 0, 0)
        return .json(200, standIn.contents.list(of: account, page: page, pageSize: size))
    }

    /// Here the account stands in the credentials alone.
    private func contentAccount(_ request: Request) -> String? {
        guard let header = request.header("Authorization"), header.hasPrefix("Basic "),
            let bytes = Base64.decode(header.dropFirst(6))
        else { return nil }
        let halves = String(decoding: bytes, as: UTF8.self).split(separator: ":", maxSplits: 1)
        guard halves.count == 2, halves[1].hasPrefix(GraphRoutes.tokenPrefix) else { return nil }
        return String(halves[0])
    }

    // MARK: Messages


    /// Every account is there and active.
    private func account(_ request: Request) -> Response {
        let name = request.pathParameter("account") ?? ""
        guard name.hasSuffix(".json"), token(request, of: String(name.dropLast(5))) != nil else {
            return Self.answer(TwilioRefusal(20_003, 401))
        }
        var writer = JSONWriter()
        writer.object { account in
            account.field("sid", String(name.dropLast(5)))
            account.field("friendly_name", "Tidings sandbox")
            account.field("status", "active")
            account.field("type", "Full")
        }
        return .json(200, writer.bytes)
    }

    /// Each account has the numbers +1 415 555 0100 to 0199.
    private func senders(_ request: Request) -> Response {
        guard token(request, of: nil) != nil else { return Self.answer(TwilioRefusal(20_003, 401)) }
        var writer = JSONWriter()
        writer.object { writer in
            writer.field(
                "senders",
                array: { list in
                    for number in 100...199 {
                        list.object { sender in
                            sender.field("sid", "XE" + String(repeating: "0", count: 29) + "\(number)")
                            sender.field("status", "ONLINE")
                            sender.field("sender_id", "whatsapp:+14155550\(number)")
                            sender.field(
                                "properties",
                                object: { properties in
                                    properties.field("quality_rating", "HIGH")
                                    properties.field("messaging_limit", "100K Customers/24hr")
                                })
                        }
                    }
                })
            writer.field("meta", object: { $0.field("key", "senders") })
        }
        return .json(200, writer.bytes)
    }

    private func service(_ request: Request) -> Response {
        guard token(request, of: nil) != nil else { return Self.answer(TwilioRefusal(20_003, 401)) }
        var writer = JSONWriter()
        writer.object { $0.field("sid", request.pathParameter("service") ?? "") }
        return .json(200, writer.bytes)
    }

    /// The auth token, which callbacks are signed with; nil for one that Twilio would not know.
    private func token(_ request: Request, of account: String?) -> String? {
        guard let header = request.header("Authorization"), header.hasPrefix("Basic "),
            let bytes = Base64.decode(header.dropFirst(6))
        else { return nil }
        let halves = String(decoding: bytes, as: UTF8.self).split(separator: ":", maxSplits: 1)
        guard halves.count == 2, account.map({ $0 == halves[0] }) ?? true, halves[1].hasPrefix(GraphRoutes.tokenPrefix) else { return nil }
        return String(halves[1])
    }

    private func messages(_ request: Request) async -> Response {
        let arrived = Monotonic.now()
        guard let account = request.pathParameter("account"), let token = token(request, of: account) else {
            return Self.answer(TwilioRefusal(20_003, 401))
        }
        let send: TwilioSend
        do throws(TwilioRefusal) {
            send = try TwilioSend(FormFields(parsing: request.body), accountSid: account)
        } catch {
            return Self.answer(error)
        }
        switch standIn.send(send, authToken: token) {
        case .refused(let refusal): return Self.answer(refusal)
        case .lost(let behaviour): return await unanswered(behaviour)
        case .accepted(let taken, let behaviour):
            callbacks.schedule(taken)
            switch behaviour {
            case .hang, .cut: return await unanswered(behaviour)
            case .slowAnswer: await letGo.wait(atMost: settings.scaled(MagicRecipients.slowAnswer))
            case .receiptsFirst: await callbacks.reported(taken.sid, until: arrived + .seconds(5))
            case .plain, .failedReceipt, .failedReceiptOnce, .failedReceiptUnnamed, .closedWindow, .refusal,
                .receiptsTwice, .receiptsReversed, .readWithoutDelivered, .heldForQuality, .noReceipts,
                .unnamedReceipts:
                break
            }
            // The answer tells the first status, whatever has become of it meanwhile.
            return .json(201, taken.resource(at: taken.takenAt - 1))
        }
    }

    private func message(_ request: Request) async -> Response {
        guard let account = request.pathParameter("account"), token(request, of: account) != nil else {
            return Self.answer(TwilioRefusal(20_003, 401))
        }
        let name = request.pathParameter("message") ?? ""
        guard name.hasSuffix(".json"), let taken = standIn.message(String(name.dropLast(5)), of: account) else {
            return Self.answer(TwilioRefusal(20_404, 404))
        }
        return .json(200, taken.resource(at: Monotonic.now().microseconds))
    }

    /// `{"url","token","from","to","text"}`: a customer writes to a number of Twilio's.
    private func inbound(_ request: Request) async throws -> Response {
        let order = try OracleRoutes.object(request)
        guard let url = order["url"]?.string, let token = order["token"]?.string, let from = order["from"]?.string,
            let to = order["to"]?.string
        else { throw OracleRoutes.missing("url, token, from, to, text") }
        callbacks.post(
            TwilioCallbacks.inbound(from: from, to: to, text: order["text"]?.string ?? ""), to: url, token: token)
        return .empty(202)
    }

    private func unanswered(_ behaviour: MagicBehaviour) async -> Response {
        if case .hang = behaviour { await letGo.wait(atMost: MagicRecipients.hangMax) }
        return .abandoned()
    }

    private static func answer(_ refusal: TwilioRefusal) -> Response { .json(refusal.httpStatus, refusal.body) }
}
