internal import Crypto
package import HTTPClient
package import Models

/// Twilio's WhatsApp channel: sending, and asking what became of a message.
package struct TwilioAPI: ProviderAPI {
    package static let answerBytesMax = 64 << 10

    private let client: HTTPClient
    private let accountsURL: String
    private let publicWebhookURL: String?
    private let deadline: Duration

    /// - Parameters:
    ///   - baseURL: `https://api.twilio.com`, or a stand-in's address.
    ///   - publicWebhookURL: where Twilio reaches webhook-receiver. Without it nothing is sent: no receipt would ever
    ///     come back.
    ///   - deadline: for one call as a whole; the attempt's lease must be longer.
    package init(client: HTTPClient, baseURL: String, publicWebhookURL: String?, deadline: Duration) {
        self.client = client
        accountsURL = "\(Self.withoutSlash(baseURL))/2010-04-01/Accounts/"
        self.publicWebhookURL = publicWebhookURL.map(Self.withoutSlash)
        self.deadline = deadline
    }

    /// One attempt. Twilio knows no idempotency of its own: what is not answered is settled by a receipt or by policy.
    package func send(_ order: SendOrder) async -> ProviderAnswer {
        guard let publicWebhookURL else { return ProviderAnswer(.notSent(.notConnected)) }
        let form: FormFields
        do throws(UnsendableContent) {
            form = try TwilioRequest.form(of: order, publicWebhookURL: publicWebhookURL)
        } catch {
            return ProviderAnswer(error.outcome)
        }
        var request = request("POST", "Messages.json", order.accountID, order.accessToken)
        request.headers.append(("Content-Type", "application/x-www-form-urlencoded"))
        request.body = form.encoded
        do throws(ClientFailure) {
            let response = try await client.send(request)
            return ProviderAnswer(
                TwilioAnswer.outcome(status: response.status, body: response.body), httpStatus: response.status)
        } catch {
            return ProviderAnswer(SendOutcome(error))
        }
    }

    /// How far a message is. Reading it changes nothing, so it may be repeated at will.
    package func status(of id: ProviderMessageID, accountID: String, authToken: String) async -> TwilioLookup {
        // It becomes a piece of an address.
        guard id.text.utf8.count <= 64, id.text.utf8.allSatisfy(Self.isPlain) else { return .unknown }
        do throws(ClientFailure) {
            let response = try await client.send(request("GET", "Messages/\(id.text).json", accountID, authToken))
            return TwilioAnswer.message(status: response.status, body: response.body)
        } catch {
            return .unanswered
        }
    }

    private func request(_ method: String, _ path: String, _ accountID: String, _ token: String) -> ClientRequest {
        ClientRequest(
            method: method, url: "\(accountsURL)\(accountID)/\(path)",
            headers: [("Authorization", "Basic " + Base64.encode(Array("\(accountID):\(token)".utf8)))],
            timeout: deadline, responseBytesMax: Self.answerBytesMax)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    private static func withoutSlash(_ url: String) -> String {
        url.hasSuffix("/") ? String(url.dropLast()) : url
    }
}
