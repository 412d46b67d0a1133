import Models
import Storage

/// What goes to one destination in one message.
struct TellingBatch: Sendable {
    enum Reason: Sendable {
        case single
        /// More than people can read one by one.
        case storm
        /// It waited together for the end of quiet hours.
        case held
        case oneCause
    }

    /// More alerts than this for one destination become one message.
    static let singlesMax = 20

    let destination: String
    let ids: [NotificationID]
    let reason: Reason
    /// The destination has more to be told.
    let hasMore: Bool

    /// The next message of each destination, sign-in links before alerts.
    static func next(of due: [DueNotification]) -> [TellingBatch] {
        Dictionary(grouping: due, by: \.destination).sorted { $0.key < $1.key }.compactMap { destination, own in
            guard let first = own.first else { return nil }
            let (chosen, reason) = choose(first, of: own)
            return TellingBatch(
                destination: destination, ids: chosen.map(\.id), reason: reason, hasMore: chosen.count < own.count)
        }
    }

    private static func choose(
        _ first: DueNotification, of own: [DueNotification]
    ) -> (chosen: [DueNotification], reason: Reason) {
        guard first.tellsAlert else { return ([first], .single) }
        let alerts = own.filter(\.tellsAlert)
        if alerts.count > singlesMax { return (alerts, .storm) }
        if first.isHeld { return (alerts.filter(\.isHeld), .held) }
        guard let cause = first.rootCause else { return ([first], .single) }
        return (alerts.filter { !$0.isHeld && $0.rootCause == cause }, .oneCause)
    }
}
