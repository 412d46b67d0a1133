import HTTPServer
import JSON

/// An error as the Graph API words it: code, HTTP status and body of the fact sheet's table.
struct GraphError: Error, Hashable {
    var code: Int
    var httpStatus: Int
    var title: String
    var details: String
    var subcode: Int?
    var isTransient: Bool?

    init(
        _ code: Int,
        _ httpStatus: Int,
        _ title: String,
        _ details: String = "",
        subcode: Int? = nil,
        isTransient: Bool? = nil
    ) {
        self.code = code
        self.httpStatus = httpStatus
        self.title = title
        self.details = details
        self.subcode = subcode
        self.isTransient = isTransient
    }

    private static let table: [Int: GraphError] = Dictionary(
        [
            GraphError(100, 400, "Invalid parameter", "A parameter is not valid."),
            GraphError(190, 401, "Invalid OAuth access token.", subcode: 467),
            GraphError(
                130_429,
                400,
                "Rate limit hit",
                "Message failed to send because there were too many messages sent.",
                subcode: 2_494_055
            ),
            GraphError(
                130_472,
                400,
                "User's number is part of an experiment",
                "Not sent as part of an experiment."
            ),
            GraphError(
                131_000,
                500,
                "Something went wrong",
                "Message failed to send because of an unknown error."
            ),
            GraphError(131_008, 400, "Required parameter is missing"),
            GraphError(131_009, 400, "Parameter value is not valid"),
            GraphError(
                131_016,
                503,
                "Service unavailable",
                "A service is temporarily unavailable.",
                isTransient: true
            ),
            GraphError(
                131_021,
                400,
                "Recipient cannot be sender",
                "Recipient and sender are the same number."
            ),
            GraphError(131_026, 400, "Message undeliverable", "Message undeliverable."),
            GraphError(
                131_047,
                400,
                "Re-engagement message",
                "More than 24 hours have passed since the recipient last replied."
            ),
            GraphError(
                131_048,
                400,
                "Spam rate limit hit",
                "There are restrictions on how many messages can be sent from this account."
            ),
            GraphError(131_049, 400, "Not delivered", "Delivery withheld to keep the ecosystem healthy."),
            GraphError(131_050, 400, "User stopped marketing messages", "The recipient chose to stop them."),
            GraphError(131_051, 400, "Unsupported message type", "This type is not supported."),
            GraphError(
                131_056,
                400,
                "(Business Account, Consumer Account) pair rate limit hit",
                "Too many messages to this recipient in a short time."
            ),
            GraphError(132_000, 400, "Number of parameters does not match the expected number of params"),
            GraphError(132_001, 404, "Template name does not exist in the translation"),
            GraphError(132_015, 400, "Template is paused", "Template is paused due to low quality."),
        ].map { ($0.code, $0) },
        uniquingKeysWith: { first, _ in first }
    )

    /// A code of the table, or one that nobody knows.
    static func of(_ code: Int, details: String? = nil, httpStatus: Int? = nil) -> GraphError {
        var error = table[code] ?? GraphError(code, 400, "An error nobody has heard of", "No details.")
        if let details { error.details = details }
        if let httpStatus { error.httpStatus = httpStatus }
        return error
    }

    func response(traceID: String) -> Response {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field(
                "error",
                object: { error in
                    error.field("message", code == 190 ? title : "(#\(code)) \(title)")
                    error.field("type", "OAuthException")
                    error.field("code", code)
                    error.field("error_subcode", subcode)
                    error.field("is_transient", isTransient)
                    if !details.isEmpty {
                        error.field(
                            "error_data",
                            object: { data in
                                data.field("messaging_product", "whatsapp")
                                data.field("details", details)
                            }
                        )
                    }
                    error.field("fbtrace_id", traceID)
                }
            )
        }
        return .json(httpStatus, writer.bytes)
    }
}
