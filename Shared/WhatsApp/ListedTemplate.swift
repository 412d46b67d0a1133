internal import HTTPClient
internal import JSON
package import Models

/// What came of a call that manages something: unlike a send it may be repeated.
package enum ManagementReply<Value: Sendable>: Sendable {
    case answered(Value)
    /// The provider says no; asking again would bring the same.
    case refused(ProviderError)
    /// Nothing is known. Throttled: there were too many calls.
    case unavailable(reason: String, isThrottled: Bool)

    package func map<Other: Sendable>(_ transform: (Value) -> Other) -> ManagementReply<Other> {
        switch self {
        case .answered(let value): .answered(transform(value))
        case .refused(let error): .refused(error)
        case .unavailable(let reason, let isThrottled): .unavailable(reason: reason, isThrottled: isThrottled)
        }
    }

    /// Goes on only with an answer.
    package func then<Other: Sendable>(
        _ next: (Value) async -> ManagementReply<Other>
    ) async -> ManagementReply<Other> {
        switch self {
        case .answered(let value): await next(value)
        case .refused(let error): .refused(error)
        case .unavailable(let reason, let isThrottled): .unavailable(reason: reason, isThrottled: isThrottled)
        }
    }

    static func unreadable(_ reason: String) -> ManagementReply { .unavailable(reason: reason, isThrottled: false) }
}

/// A template as its provider has it.
package struct ListedTemplate: Sendable, Hashable {
    /// Meta's own form of the components, or what was read from another's.
    package enum Content: Sendable, Hashable {
        case components([UInt8])
        case read(TemplateContent)
    }

    /// Meta's number, Twilio's `HX…`.
    package var id: String
    package var name: String
    package var language: String
    /// As Meta writes it: `UTILITY`.
    package var category: String
    /// As Meta writes it: `APPROVED`.
    package var status: String
    /// `NAMED` or `POSITIONAL`.
    package var parameterFormat: String
    package var content: Content
    package var quality: String?
    package var rejectionReason: String?
    /// What Meta thinks the category should be.
    package var correctCategory: String?

    package init(
        id: String, name: String, language: String, category: String, status: String, parameterFormat: String,
        content: Content, quality: String? = nil, rejectionReason: String? = nil, correctCategory: String? = nil
    ) {
        self.id = id
        self.name = name
        self.language = language
        self.category = category
        self.status = status
        self.parameterFormat = parameterFormat
        self.content = content
        self.quality = quality
        self.rejectionReason = rejectionReason
        self.correctCategory = correctCategory
    }
}

extension HTTPClient {
    /// One management call, read as JSON.
    func manage(
        _ request: ClientRequest, error: (JSONValue?, Int) -> ProviderError?
    ) async -> ManagementReply<JSONValue> {
        let response: ClientResponse
        do {
            response = try await send(request)
        } catch {
            return .unavailable(reason: "no answer: \(error.kind)", isThrottled: false)
        }
        let root = (try? JSONDocument(parsing: response.body))?.root
        if (200...299).contains(response.status) {
            if let root, root["error"] == nil { return .answered(root) }
            // Twilio answers a deletion with nothing.
            if response.status == 204, let empty = try? JSONDocument(parsing: "{}") { return .answered(empty.root) }
        }
        guard let refusal = error(root, response.status) else {
            return .unavailable(reason: "HTTP \(response.status)", isThrottled: response.status == 429)
        }
        let isThrottled = response.status == 429 || ManagementCodes.throttled.contains(refusal.code)
        let isTransient = response.status >= 500 || ManagementCodes.transient.contains(refusal.code)
        if isThrottled || isTransient || root?["error"]?["is_transient"]?.boolean == true {
            return .unavailable(reason: "HTTP \(response.status), code \(refusal.code)", isThrottled: isThrottled)
        }
        return .refused(refusal)
    }
}

enum ManagementCodes {
    /// Meta, Graph API rate limits; Twilio's is 20429.
    static let throttled: Set<Int> = [4, 17, 32, 613, 80_007, 80_008, 130_429, 20_429]
    /// Meta: unknown, and service temporarily unavailable.
    static let transient: Set<Int> = [1, 2, 131_000, 131_016]
}
