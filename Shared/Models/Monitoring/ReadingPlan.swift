/// Which of a business's messages a cycle reads: all of them while they are few; of many an even part, so that a cycle's
/// work has an end however many there are.
package struct ReadingPlan: Hashable, Sendable {
    /// Messages accepted in `from ..< to`, at most so many from `from` on.
    package struct Stretch: Hashable, Sendable {
        package let from: Timestamp
        package let to: Timestamp
        package let most: Int
    }

    /// Parts of an hour that are looked into, each from its beginning.
    package static let partsOfHour = 4
    /// A business is read whole up to this many messages …
    package static let wholeMax = 2_000
    /// … but all businesses together up to this many, shared equally; and never fewer than `partLeast` of one.
    package static let cycleMax = 100_000
    package static let partLeast = 100

    package let stretches: [Stretch]
    /// Messages of the window, as far as counted: those read stand for them.
    package let accepted: Int64

    /// - Parameters:
    ///   - hours: accepted messages by the hour they were accepted in, in order.
    ///   - businesses: how many are read in this cycle.
    package init(hours: [(hour: Timestamp, accepted: Int64)], from: Timestamp, to: Timestamp, businesses: Int) {
        let all = hours.reduce(0) { $0 + $1.accepted }
        accepted = all
        let most = min(Self.wholeMax, max(Self.partLeast, Self.cycleMax / max(1, businesses)))
        if all <= Int64(most) {
            // Rollups are a moment behind: room for what came since.
            stretches = [Stretch(from: from, to: to, most: Self.wholeMax * 2)]
            return
        }
        let span = Duration.seconds(3_600) / Self.partsOfHour
        stretches = hours.flatMap { hour -> [Stretch] in
            let wanted = Double(hour.accepted) / Double(all) * Double(most) / Double(Self.partsOfHour)
            let each = Int(wanted.rounded(.up))
            return (0..<Self.partsOfHour).compactMap { part -> Stretch? in
                let start = max(from, hour.hour + span * part)
                let end = min(to, hour.hour + span * (part + 1))
                return each > 0 && start < end ? Stretch(from: start, to: end, most: each) : nil
            }
        }
    }
}
