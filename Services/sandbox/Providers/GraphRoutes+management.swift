import HTTPServer
import JSON
import Models
import Runtime

/// Numbers, templates, tokens: what compliance checks and template sync read.
extension GraphRoutes {
    /// `GET /{v}/{id}`: any id is a phone number; whichever fields are asked for, all we know are answered.
    func object(_ request: Request) async throws -> Response {
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
        let templates = standIn.withShelf { $0.list(of: account, name: name, status: status) }
        var writer = JSONWriter()
        writer.object { writer in
            writer.field(
                "data",
                array: { list in
                    for template in templates {
                        list.object { object in
                            object.field("name", template.name)
                            object.field("language", template.language)
                            object.field("status", template.status)
                            object.field("category", template.category)
                            object.field("id", template.id)
                            object.field("parameter_format", template.parameterFormat)
                            object.field("rejected_reason", "NONE")
                            object.field("quality_score", object: { $0.field("score", "GREEN") })
                            object.field("components", raw: template.components)
                        }
                    }
                }
            )
            writer.field(
                "paging",
                object: { paging in
                    paging.field(
                        "cursors",
                        object: { cursors in
                            cursors.field("before", "MAZDZD")
                            cursors.field("after", "MjQZD")
                        }
                    )
                }
            )
        }
        return .json(200, writer.bytes)
    }

    /// Meta reviews for minutes; here a template is approved at once, and the webhook says so.
    func addTemplate(_ request: Request) async throws -> Response {
        let account = request.pathParameter("account") ?? ""
        guard let given = (try? JSONDocument(parsing: request.body))?.root else {
            throw GraphError.of(100, details: "The body is not a JSON object.")
        }
        switch standIn.withShelf({ $0.add(given, to: account) }) {
        case .failure(let error):
            throw error
        case .success(let template):
            tell(template, event: "APPROVED", accountID: account)
            var writer = JSONWriter()
            writer.object { object in
                object.field("id", template.id)
                object.field("status", "PENDING")
                object.field("category", template.category)
            }
            return .json(200, writer.bytes)
        }
    }

    func removeTemplate(_ request: Request) async throws -> Response {
        let account = request.pathParameter("account") ?? ""
        guard let name = request.query("name"), standIn.withShelf({ $0.remove(name, from: account) }) else {
            throw GraphError.of(100, details: "The message template does not exist.")
        }
        return success
    }

    func tell(_ template: ShelvedTemplate, event: String, accountID: String) {
        let seconds = SystemClock.now().microseconds / 1_000_000
        poster.post(WebhookBody.templateStatus(template, event: event, accountID: accountID, at: seconds))
    }

    // MARK: Tokens

    func debugToken(_ request: Request) async throws -> Response {
        let isValid = request.query("input_token")?.hasPrefix(Self.tokenPrefix) ?? false
        var writer = JSONWriter()
        writer.object { writer in
            writer.field(
                "data",
                object: { data in
                    data.field("app_id", "111222333444555")
                    data.field("type", "SYSTEM_USER")
                    data.field("application", "Tidings sandbox")
                    data.field("is_valid", isValid)
                    data.field("expires_at", 0)
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
