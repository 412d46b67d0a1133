package import HTTPClient
package import Models

/// The sender a provider is asked about.
package struct CheckedSender: Sendable {
    package let provider: Provider
    /// Meta's id of the number; Twilio's From address.
    package let phoneNumberID: String
    /// The WhatsApp Business Account; Twilio's AccountSid.
    package let accountID: String
    /// Twilio's pool of numbers, if the sender is one.
    package let messagingServiceID: String?
    package let accessToken: String

    package init(
        provider: Provider, phoneNumberID: String, accountID: String, messagingServiceID: String? = nil,
        accessToken: String
    ) {
        self.provider = provider
        self.phoneNumberID = phoneNumberID
        self.accountID = accountID
        self.messagingServiceID = messagingServiceID
        self.accessToken = accessToken
    }
}

package enum SenderVerdict: Sendable, Hashable {
    case vouched(SenderReport)
    case refused(SenderTrouble)
    /// No answer, too busy, or nothing that can be read: nothing is known, and asking again is harmless.
    case unanswered
}

/// Asks a provider about a sender. Reads only, so that it may be repeated at will.
package struct SenderChecker: Sendable {
    package struct Addresses: Sendable {
        let meta: String
        let metaVersion: String
        let twilio: String
        let twilioMessaging: String

        package init(meta: String, metaVersion: String, twilio: String, twilioMessaging: String) {
            self.meta = Self.withoutSlash(meta)
            self.metaVersion = metaVersion
            self.twilio = Self.withoutSlash(twilio)
            self.twilioMessaging = Self.withoutSlash(twilioMessaging)
        }

        private static func withoutSlash(_ url: String) -> String { url.hasSuffix("/") ? String(url.dropLast()) : url }
    }

    package enum Depth: Sendable {
        /// Everything that must hold before the sender is taken on: the number, that it is the account's, the token.
        case whole
        /// What changes with time.
        case regular
    }

    private let meta: MetaSenderCheck
    private let twilio: TwilioSenderCheck

    /// - Parameter deadline: for each of the few calls that a check takes.
    package init(client: HTTPClient, addresses: Addresses, deadline: Duration) {
        let calls = CheckCalls(client: client, deadline: deadline)
        meta = MetaSenderCheck(calls: calls, prefix: "\(addresses.meta)/\(addresses.metaVersion)/")
        twilio = TwilioSenderCheck(calls: calls, api: addresses.twilio, messaging: addresses.twilioMessaging)
    }

    package func check(_ sender: CheckedSender, _ depth: Depth) async -> SenderVerdict {
        // They become pieces of addresses.
        let pieces = [sender.accountID, sender.messagingServiceID ?? ""] + (sender.provider == .meta ? [sender.phoneNumberID] : [])
        guard pieces.allSatisfy({ $0.utf8.allSatisfy(Self.isPlain) }) else { return .refused(.accountUnknown) }
        return switch sender.provider {
        case .meta: await meta.check(sender, depth)
        case .twilio: await twilio.check(sender, depth)
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
}
