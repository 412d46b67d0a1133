package import HTTPClient
internal import Models

/// Meta's Cloud API, as far as sending goes.
package struct MetaAPI: ProviderAPI {
    package static let answerBytesMax = 64 << 10

    private let client: HTTPClient
    private let messagesURLPrefix: String
    private let deadline: Duration

    /// - Parameters:
    ///   - baseURL: `https://graph.facebook.com`, or a stand-in's address.
    ///   - version: of the Graph API, such as `v25.0`; Meta retires each after about two years.
    ///   - deadline: for one call as a whole; the attempt's lease must be longer.
    package init(client: HTTPClient, baseURL: String, version: String, deadline: Duration) {
        self.client = client
        messagesURLPrefix = "\(baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL)/\(version)/"
        self.deadline = deadline
    }

    /// One attempt. Never throws: whatever happens is one of the four outcomes.
    package func send(_ order: SendOrder) async -> ProviderAnswer {
        let body: [UInt8]
        do throws(UnsendableContent) {
            body = try MetaRequest.body(of: order)
        } catch {
            return ProviderAnswer(error.outcome)
        }
        let request = ClientRequest(
            method: "POST", url: "\(messagesURLPrefix)\(order.phoneNumberID)/messages",
            headers: [
                ("Authorization", "Bearer \(order.accessToken)"), ("Content-Type", "application/json"),
            ],
            body: body, timeout: deadline, responseBytesMax: Self.answerBytesMax)
        do {
            let response = try await client.send(request)
            return ProviderAnswer(
                MetaAnswer.outcome(status: response.status, body: response.body), httpStatus: response.status,
                usage: response.header("x-business-use-case-usage").flatMap(AccountUsage.init))
        } catch {
            return ProviderAnswer(SendOutcome(error))
        }
    }
}
