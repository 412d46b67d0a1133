/// Many messages accepted at once: they wait in Postgres for turns at their sender's pace, and never in front of
/// somebody else's message.
package enum Campaign {
    /// So many messages of one request, login codes not counted, are still told at once.
    package static let min = 100

    /// Whether messages of these lanes, accepted together, are a campaign.
    package static func isOne(_ lanes: some Sequence<Lane>) -> Bool {
        lanes.count { mayWait($0) } > min
    }

    package static func mayWait(_ lane: Lane) -> Bool {
        switch lane {
        case .authentication: false
        case .utility, .marketing: true
        }
    }
}
