/// Whether the first byte of a planned send, claimed meanwhile, may leave.
package enum Departure: Sendable, Hashable {
    case now
    /// Ask again then.
    case at(Timestamp)
    case never(Hindrance)

    package enum Hindrance: Sendable, Hashable {
        /// The sender may be somebody else's by now, who knows nothing of this slot.
        case leaseEnded
        /// The message is expired by then, or its attempt's own lease would not cover the call: what is called after
        /// that is called beside the next attempt.
        case late
        case gateClosed(ClosedGate)
        /// Nobody has told us for too long which gates are closed.
        case gatesUnknown

        package var reason: NotSentReason {
            switch self {
            case .leaseEnded, .gatesUnknown: .stopped
            case .late: .timedOut
            case .gateClosed: .gateClosed
            }
        }
    }
}

extension SendPlanner {
    /// The last look before the first byte: what was planned may have waited long for its claim or its slot.
    ///
    /// - Parameter latest: a call that begins later may outlast the attempt's lease.
    package mutating func depart(_ message: MessageID, latest: Timestamp, now: Timestamp) -> Departure {
        guard let flight = flights[message], belongsToPresentLease(message) else { return .never(.leaseEnded) }
        let earliest = max(flight.slot, now)
        if earliest > latest || earliest >= flight.message.expiresAt { return .never(.late) }
        if let gate = gates.closed(for: flight.message.subjects) { return .never(.gateClosed(gate)) }
        if now < flight.slot { return .at(flight.slot) }
        if now - flight.slot <= Self.slotMissedAfter { return .now }
        return renewSlot(flight, latest: latest, now: now)
    }

    /// Whether what was planned is paid for under the lease that we have: one that ended and was taken again is another,
    /// and knows nothing of it. A sender that is being given back has the lease that it had.
    package func belongsToPresentLease(_ message: MessageID) -> Bool {
        guard let flight = flights[message] else { return false }
        return indexes[flight.message.senderID].map { flows[$0].generation == flight.generation } ?? true
    }

    /// Another slot for a planned send that missed its own. Where the sender has to wait long it may be far away.
    private mutating func renewSlot(_ flight: Flight, latest: Timestamp, now: Timestamp) -> Departure {
        guard indexes[flight.message.senderID] == flight.flow else { return .never(.leaseEnded) }
        let slot = flows[flight.flow].pace.earliest(now: now)
        if slot > latest || slot >= flight.message.expiresAt { return .never(.late) }
        flows[flight.flow].pace.take(slot)
        flows[flight.flow].pairs.postpone(flight.message.recipient, by: slot - flight.slot)
        flights[flight.message.messageID]?.slot = slot
        return .at(slot)
    }
}
