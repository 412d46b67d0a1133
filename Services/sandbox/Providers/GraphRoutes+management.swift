import HTTPServer
import JSON
import Models
import Runtime

/// Numbers, templates, tokens: what compliance checks and template sync read.
extension GraphRoutes {
    /// `GET /{v}/{id}`: any id that is no template's is a phone number; whichever fields are asked for, all we know are
    /// answered.
    func object(_ request: Request) async throws -> Response {
        let id = request.pathParameter("id") ?? ""
        if let template = standIn.withShelf({ $0.template(id) }) {
            var writer = JSONWriter()
            writer.object { Self.write(template, to: &$0) }
            return .json(200, writer.bytes)
        }
        guard let phone = standIn.phone(request.pathParameter("id") ?? "") else {
            throw GraphError(
                100,
                400,
                "Unsupported get request",
                "Object does not exist or cannot be loaded.",
                subcode: 33
            )
        }
        var writer = JSONWriter()
        Self.write(phone, to: &writer)
        return .json(200, writer.bytes)
    }

    func phoneNumbers(_ request: Request) async throws -> Response {
        let phones = standIn.phones(of: request.pathParameter("account") ?? "")
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("data", array: { list in for phone in phones { Self.write(phone, to: &list) } })
        }
        return .json(200, writer.bytes)
    }

    private static func write(_ phone: PhoneAccount, to writer: inout JSONWriter) {
        writer.object { object in
            object.field("id", phone.phoneNumberID)
            object.field("display_phone_number", phone.displayPhoneNumber)
            object.field("verified_name", "Tidings sandbox")
            object.field("status", "CONNECTED")
            object.field("quality_rating", "GREEN")
            object.field("name_status", "APPROVED")
            object.field("code_verification_status", "VERIFIED")
            object.field("platform_type", "CLOUD_API")
            object.field("account_mode", "SANDBOX")
            object.field("throughput", object: { $0.field("level", "STANDARD") })
            object.field("whatsapp_business_manager_messaging_limit", "TIER_UNLIMITED")
            object.field(
                "health_status",
                object: { health in
                    health.field("can_send_message", "AVAILABLE")
                    health.field(
                        "entities",
                        array: { entities in
                            for (kind, id) in [
                                ("PHONE_NUMBER", phone.phoneNumberID), ("WABA", phone.accountID),
                            ] {
                                entities.object { entity in
                                    entity.field("entity_type", kind)
                                    entity.field("id", id)
                                    entity.field("can_send_message", "AVAILABLE")
                                }
                            }
                        }
                    )
                }
            )
        }
    }

    // MARK: Templates

    func listTemplates(_ request: Request) async throws -> Response {
        let account = request.pathParameter("account") ?? ""
        let (name, status) = (request.query("name"), request.query("status"))
        let all = standIn.withShelf { $0.list(of: account, name: name, status: status) }
        let begin = min(request.query("after").flatMap { Int($0) } ?? 0, all.count)
        let limit = min(max(request.query("limit").flatMap { Int($0) } ?? 25, 1), 1_000)
        let end = min(begin + limit, all.count)
        var writer = JSONWriter()
        writer.object { writer in
            writer.field(
                "data",
                array: { list in for template in all[begin..<end] { list.object { Self.write(template, to: &$0) } } }
            )
            writer.field(
                "paging",
                object: { paging in
                    paging.field(
                        "cursors",
                        object: { cursors in
                            cursors.field("before", "\(begin)")
                            cursors.field("after", "\(end)")
                        }
                    )
                    if end < all.count {
                        paging.field("next", "\(request.path)?after=\(end)&limit=\(limit)")
                    }
                }
            )
        }
        return .json(200, writer.bytes)
    }

    private static func write(_ template: ShelvedTemplate, to object: inout JSONWriter) {
        object.field("name", template.name)
        object.field("language", template.language)
        object.field("status", template.status)
        object.field("category", template.category)
        object.field("id", template.id)
        object.field("parameter_format", template.parameterFormat)
        object.field("rejected_reason", template.rejectedReason)
        object.field("quality_score", object: { $0.field("score", template.quality) })
        object.field("components", raw: template.components)
    }

    /// Meta reviews for minutes; here a template is reviewed at once, and the webhook says so.
    func addTemplate(_ request: Request) async throws -> Response {
        let account = request.pathParameter("account") ?? ""
        guard let given = (try? JSONDocument(parsing: request.body))?.root else {
            throw GraphError.of(100, details: "The body is not a JSON object.")
        }
        switch standIn.withShelf({ $0.add(given, to: account) }) {
        case .failure(let error):
            throw error
        case .success(let template):
            if template.status != "PENDING" { tell(template, event: template.status, accountID: account) }
            var writer = JSONWriter()
            writer.object { object in
                object.field("id", template.id)
                object.field("status", "PENDING")
                object.field("category", template.category)
            }
            return .json(200, writer.bytes)
        }
    }

    /// `POST /{v}/{id}`: a template's new content, or the bytes of an upload.
    func changeObject(_ request: Request) async throws -> Response {
        let id = request.pathParameter("id") ?? ""
        if id.hasPrefix("upload:") {
            guard !request.body.isEmpty, request.header("file_offset") == "0" else {
                throw GraphError.of(100, details: "The file must begin at file_offset 0.")
            }
            var writer = JSONWriter()
            writer.object { $0.field("h", "4::\(standIn.nextTraceID())") }
            return .json(200, writer.bytes)
        }
        guard let given = (try? JSONDocument(parsing: request.body))?.root else {
            throw GraphError.of(100, details: "The body is not a JSON object.")
        }
        let template = try standIn.withShelf({ $0.edit(id, given) }).get()
        if template.status != "PENDING", let account = standIn.withShelf({ $0.account(of: id) }) {
            tell(template, event: template.status, accountID: account)
        }
        return success
    }

    func unpauseTemplate(_ request: Request) async throws -> Response {
        let id = request.pathParameter("id") ?? ""
        guard let template = standIn.withShelf({ $0.unpause(id) }) else {
            throw GraphError.of(100, details: "The message template is not paused.")
        }
        if let account = standIn.withShelf({ $0.account(of: id) }) {
            tell(template, event: "APPROVED", accountID: account)
        }
        return success
    }

    /// Resumable upload: a session for one file.
    func beginUpload(_ request: Request) async throws -> Response {
        guard request.query("file_length").flatMap({ Int($0) }) ?? 0 > 0, request.query("file_type") != nil else {
            throw GraphError.of(100, details: "file_length and file_type are needed.")
        }
        var writer = JSONWriter()
        writer.object { $0.field("id", "upload:\(standIn.nextTraceID())") }
        return .json(200, writer.bytes)
    }

    func removeTemplate(_ request: Request) async throws -> Response {
        let account = request.pathParameter("account") ?? ""
        let id = request.query("hsm_id")
        guard let name = request.query("name"), standIn.withShelf({ $0.remove(name, id: id, from: account) }) else {
            throw GraphError(
                100, 400, "Invalid parameter", "The message template does not exist.", subcode: 2_593_002)
        }
        return success
    }

    func tell(_ template: ShelvedTemplate, event: String, accountID: String) {
        let seconds = SystemClock.now().microseconds / 1_000_000
        poster.post(WebhookBody.templateStatus(template, event: event, accountID: accountID, at: seconds))
    }

    // MARK: Tokens

    /// `sandbox-token-expires-10d` ends in ten days; others never do. In Unix seconds.
    private static func expiry(of token: String) -> Int64 {
        guard let word = token.split(separator: "-").last, word.hasSuffix("d"), let days = Int64(word.dropLast()),
            token.contains("-expires-"), (1...3_650).contains(days)
        else { return 0 }
        return SystemClock.now().microseconds / 1_000_000 + days * 86_400
    }

    func debugToken(_ request: Request) async throws -> Response {
        let token = request.query("input_token") ?? ""
        let isValid = token.hasPrefix(Self.tokenPrefix) && !token.hasSuffix("-expired")
        var writer = JSONWriter()
        writer.object { writer in
            writer.field(
                "data",
                object: { data in
                    data.field("app_id", "111222333444555")
                    data.field("type", "SYSTEM_USER")
                    data.field("application", "Tidings sandbox")
                    data.field("is_valid", isValid)
                    data.field("expires_at", Self.expiry(of: request.query("input_token") ?? ""))
                    data.field("scopes", ["whatsapp_business_messaging", "whatsapp_business_management"])
                    if !isValid {
                        data.field(
                            "error",
                            object: { error in
                                error.field("code", 190)
                                error.field("message", "Invalid OAuth access token.")
                                error.field("subcode", 467)
                            }
                        )
                    }
                }
            )
        }
        return .json(200, writer.bytes)
    }
}
