import HTTPServer
import JSON
import Runtime
import ServiceKit
import Synchronization

/// The Graph API's routes, as far as WhatsApp needs them.
struct GraphRoutes: Sendable {
    static let tokenPrefix = "sandbox-token"
    /// Older ones are served by the oldest that is still alive (Graph changelog).
    static let oldestVersion = 21

    let settings: ProvidersSettings
    let standIn: MetaStandIn
    let poster: WebhookPoster
    /// Set when the stand-in stops: whoever hangs is let go.
    let letGo: StopFlag

    func add(to router: inout Router) {
        router.on(.post, "/{version}/{phone}/messages") { try await checked($0, messages) }
        router.on(.post, "/{version}/{phone}/marketing_messages") { try await checked($0, messages) }
        router.on(.post, "/{version}/{phone}/media") { try await checked($0, media) }
        router.on(.get, "/{version}/{id}") { try await checked($0, object) }
        router.on(.get, "/{version}/{account}/phone_numbers") { try await checked($0, phoneNumbers) }
        router.on(.get, "/{version}/{account}/message_templates") { try await checked($0, listTemplates) }
        router.on(.post, "/{version}/{account}/message_templates") { try await checked($0, addTemplate) }
        router.on(.delete, "/{version}/{account}/message_templates") { try await checked($0, removeTemplate) }
        router.on(.post, "/{version}/{account}/subscribed_apps") { try await checked($0) { _ in success } }
        router.on(.post, "/{version}/{id}") { try await checked($0, changeObject) }
        router.on(.post, "/{version}/{id}/unpause") { try await checked($0, unpauseTemplate) }
        router.on(.post, "/{version}/{app}/uploads") { try await checked($0, beginUpload) }
        router.on(.get, "/{version}/debug_token") { try await checked($0, debugToken) }
    }

    private func checked(
        _ request: Request,
        _ handle: (Request) async throws -> Response
    ) async throws -> Response {
        guard let served = Self.served(request.pathParameter("version")) else {
            return GraphError(2_500, 400, "Unknown path components").response(traceID: standIn.nextTraceID())
        }
        var response: Response
        if Self.isAuthorised(request) {
            do {
                response = try await handle(request)
            } catch let refusal as GraphError {
                response = refusal.response(traceID: standIn.nextTraceID())
            }
        } else {
            response = GraphError.of(190).response(traceID: standIn.nextTraceID())
        }
        response.addHeader("facebook-api-version", served)
        response.addHeader("x-app-usage", #"{"call_count":1,"total_cputime":1,"total_time":1}"#)
        response.addHeader("x-fb-trace-id", standIn.nextTraceID())
        return response
    }

    private static func isAuthorised(_ request: Request) -> Bool {
        if let header = request.header("Authorization") { 
            return header.hasPrefix("Bearer " + tokenPrefix) || header.hasPrefix("OAuth " + tokenPrefix)
        }
        return request.query("access_token")?.hasPrefix(tokenPrefix) ?? false
    }

    private static func served(_ version: String?) -> String? {
        guard let version, version.hasPrefix("v"), version.utf8.count <= 6 else { return nil }
        let parts = version.dropFirst().split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let major = Int(parts[0]), Int(parts[1]) != nil else { return nil }
        return major < oldestVersion ? "v\(oldestVersion).0" : version
    }

    func account(_ request: Request) throws(GraphError) -> PhoneAccount {
        guard let phone = standIn.phone(request.pathParameter("phone") ?? "") else {
            throw .of(100, details: "Object does not exist or cannot be loaded.")
        }
        return phone
    }

    // MARK: Messages

    private func messages(_ request: Request) async throws -> Response {
        let phone = try account(request)
        let body = try SendBody(request.body)
        switch standIn.send(body, from: phone, arrived: .now - request.arrivedAt) {
        case .refused(let error):
            var response = error.response(traceID: standIn.nextTraceID())
            response.addHeader("x-business-use-case-usage", phone.usage)
            return response
        case .lost(let behaviour):
            return await unanswered(behaviour)
        case .accepted(let send, let receipts, let behaviour):
            poster.schedule(receipts, of: send)
            return await answer(send, body, behaviour)
        }
    }

    private func answer(_ send: AcceptedSend, _ body: SendBody, _ behaviour: MagicBehaviour) async -> Response
    {
        switch behaviour {
        case .hang, .cut: return await unanswered(behaviour)
        case .slowAnswer: await letGo.wait(atMost: settings.scaled(MagicRecipients.slowAnswer))
        case .receiptsFirst: await reported(send)
        case .plain, .failedReceipt, .failedReceiptOnce, .failedReceiptUnnamed, .closedWindow, .refusal,
            .receiptsTwice, .receiptsReversed, .readWithoutDelivered, .heldForQuality, .noReceipts,
            .unnamedReceipts:
            break
        }
        var writer = JSONWriter(capacity: 320)
        writer.object { writer in
            writer.field("messaging_product", "whatsapp")
            writer.field(
                "contacts",
                array: { contacts in
                    contacts.object { contact in
                        contact.field("input", body.to)
                        contact.field("wa_id", body.recipient)
                    }
                }
            )
            writer.field(
                "messages",
                array: { messages in
                    messages.object { message in
                        message.field("id", send.id)
                        if body.template != nil {
                            let isHeld = behaviour == .heldForQuality
                            message.field(
                                "message_status",
                                isHeld ? "held_for_quality_assessment" : "accepted"
                            )
                        }
                    }
                }
            )
        }
        var response = Response.json(200, writer.bytes)
        response.addHeader("x-business-use-case-usage", send.account.usage)
        return response
    }

    private func unanswered(_ behaviour: MagicBehaviour) async -> Response {
        if case .hang = behaviour { await letGo.wait(atMost: MagicRecipients.hangMax) }
        return .abandoned()
    }

    /// Until the receipts have been answered with 200; a receiver that never does so is not waited for.
    private func reported(_ send: AcceptedSend) async {
        let deadline = Monotonic.now() + .seconds(5)
        while !send.isReported.load(ordering: .acquiring), Monotonic.now() < deadline {
            await letGo.wait(atMost: .milliseconds(5))
            if letGo.isSet { return }
        }
    }

    private func media(_ request: Request) async throws -> Response {
        _ = try account(request)
        guard request.header("Content-Type")?.hasPrefix("multipart/form-data") == true else {
            throw GraphError.of(100, details: "The parameter file is required.")
        }
        let text = String(decoding: request.body.prefix(4_096), as: UTF8.self)
        guard text.contains("name=\"file\"") else {
            throw GraphError.of(100, details: "The parameter file is required.")
        }
        var writer = JSONWriter()
        writer.object { $0.field("id", standIn.nextMediaID()) }
        return .json(200, writer.bytes)
    }

    var success: Response { .json(200, Array(#"{"success":true}"#.utf8)) }
}
