internal import JSON
package import Models

/// Reads what Meta answered to a send.
///
/// Only the numeric code counts (Meta: titles are to be dropped, and the HTTP status is informative only). An answer
/// that says neither yes nor no leaves the send unanswered: a proxy may have cut in after Meta took the message.
package enum MetaAnswer {
    /// - Parameter body: whatever came, JSON or not.
    package static func outcome(status: Int, body: [UInt8]) -> SendOutcome {
        let root = (try? JSONDocument(parsing: body))?.root
        if let root, let error = providerError(in: root, httpStatus: status) { return .refused(error) }
        if (200...299).contains(status) {
            guard let message = root?["messages"]?.elements?.first, let id = message["id"]?.string, !id.isEmpty else {
                return .unanswered(.unreadable)
            }
            let held = message["message_status"]?.string == "held_for_quality_assessment"
            return .accepted(ProviderMessageID(id), heldForQuality: held)
        }
        // A 4xx without Meta's error object: refused by whatever stands before it, without a code.
        if (400...499).contains(status) {
            return .refused(ProviderError(code: ProviderError.noCode, httpStatus: status))
        }
        return .unanswered(.unreadable)
    }

    /// Meta's error object; lenient about everything but the code.
    static func providerError(in root: JSONValue, httpStatus: Int) -> ProviderError? {
        guard let error = root["error"], let code = error["code"]?.integer else { return nil }
        return ProviderError(
            code: Int(code), subcode: error["error_subcode"]?.integer.map { Int($0) }, httpStatus: httpStatus,
            details: details(of: error), traceID: error["fbtrace_id"]?.string)
    }

    static func details(of error: JSONValue) -> String? {
        let text = error["error_data"]?["details"]?.string ?? error["error_data"]?.string ?? error["message"]?.string
        // Enough for a person; a provider's text has no length of its own.
        return text.map { String($0.prefix(500)) }
    }
}
