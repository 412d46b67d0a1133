import HTTPClient
import JSON
import Models
import Runtime
import ServiceKit
import Storage
import WhatsApp

/// The ways to WhatsApp; a sender's provider chooses.
struct ProviderAPIs: Sendable {
    let meta: MetaAPI
    let twilio: TwilioAPI
    private let metaHost: String
    private let twilioHost: String

    init(_ settings: DispatcherSettings, client: HTTPClient) {
        meta = MetaAPI(
            client: client, baseURL: settings.providers.metaURL, version: settings.providers.metaVersion,
            deadline: settings.sendDeadline)
        twilio = TwilioAPI(
            client: client, baseURL: settings.providers.twilioURL,
            publicWebhookURL: settings.providers.publicWebhookURL,
            deadline: settings.sendDeadline)
        metaHost = Self.host(in: settings.providers.metaURL)
        twilioHost = Self.host(in: settings.providers.twilioURL)
    }

    /// For spans: the name of the machine that is called.
    func host(of provider: Provider) -> String {
        switch provider {
        case .meta: metaHost
        case .twilio: twilioHost
        }
    }

    private static func host(in url: String) -> String {
        let authority = url.split(separator: "/", omittingEmptySubsequences: true).dropFirst().first ?? ""
        return String(authority.prefix { $0 != ":" })
    }

    /// - Parameter now: what is left of the expiry is all that the provider may keep the message waiting.
    func send(
        _ message: ClaimedMessage, _ content: JSONValue, through sender: SenderProfile, now: Timestamp
    ) async -> ProviderAnswer {
        var order = SendOrder(
            reference: AttemptReference(messageID: message.messageID, attempt: message.attempt),
            recipient: message.recipient, content: content, phoneNumberID: sender.phoneNumberID,
            accessToken: sender.accessToken)
        order.senderID = sender.senderID
        order.accountID = sender.accountID
        order.messagingServiceID = sender.messagingServiceID
        order.providerTemplateID = message.providerTemplateID
        order.validFor = message.expiresAt - now
        return switch sender.provider {
        case .meta: await meta.send(order)
        case .twilio: await twilio.send(order)
        }
    }
}
