internal import Models
internal import Postgres

/// Until when a customer who wrote may be answered freely.
struct ServiceWindow: Hashable, Sendable {
    /// Meta: it opens anew with each message of the customer's and lasts 24 h (messages, free-form types).
    static let lasts = Duration.seconds(86_400)

    let tenantID: TenantID
    let senderID: SenderID
    /// E.164, or a business-scoped user id.
    let recipient: String
    let openUntil: Timestamp

    /// One an address, the latest: whoever wrote is answered under either name.
    static func opened(by messages: [InboundMessage]) -> [ServiceWindow] {
        struct Pair: Hashable {
            let senderID: SenderID
            let recipient: String
        }
        var windows: [Pair: ServiceWindow] = [:]
        for message in messages {
            let person = NamedPerson(number: message.fromNumber, userID: message.fromUserID)
            for address in person?.addresses ?? [] {
                let window = ServiceWindow(
                    tenantID: message.owner.tenantID, senderID: message.owner.senderID, recipient: address,
                    openUntil: message.sentAt + lasts)
                let pair = Pair(senderID: window.senderID, recipient: window.recipient)
                if let known = windows[pair], known.openUntil >= window.openUntil { continue }
                windows[pair] = window
            }
        }
        // Everybody locks them in the same order.
        return windows.values.sorted {
            ($0.tenantID, $0.senderID, $0.recipient) < ($1.tenantID, $1.senderID, $1.recipient)
        }
    }

    static func open(_ windows: [ServiceWindow]) -> SQL {
        """
        INSERT INTO service_windows (tenant_id, sender_id, recipient, open_until)
        SELECT * FROM unnest(
            \(windows.map(\.tenantID)), \(windows.map(\.senderID)), \(windows.map(\.recipient)),
            \(windows.map(\.openUntil)))
        ON CONFLICT (tenant_id, sender_id, recipient) DO UPDATE SET open_until = excluded.open_until
        WHERE service_windows.open_until < excluded.open_until
        """
    }
}
