import Models

/// Sends of one number within any second, wherever that second begins: the strictest reading of "a second".
struct SlidingSecond: Sendable {
    private static let second = Duration.seconds(1)
    /// Far longer than requests overtake each other inside the stand-in.
    private static let remembered = Duration.seconds(3)

    /// In order of time; what lies before `oldest` is forgotten.
    private var times: [Timestamp] = []
    private var oldest = 0
    /// The most there ever were in one second.
    private(set) var highest = 0

    /// Whether one more at this time would make some second hold more than `limit`.
    func wouldExceed(_ limit: Int, at time: Timestamp) -> Bool {
        let place = place(of: time)
        // The send becomes number `place`; what comes after it moves on by one. Every second that holds it ends with
        // it or with one of the next.
        return (place...max(place, min(times.count, place + limit))).contains { last in
            let first = last - limit
            guard first >= oldest else { return false }
            return at(last, with: time, at: place) - at(first, with: time, at: place) < Self.second
        }
    }

    mutating func append(_ time: Timestamp) {
        times.insert(time, at: place(of: time))
        guard let newest = times.last else { return }
        while times[oldest] + Self.remembered <= newest { oldest += 1 }
        // Cutting off in halves keeps the cost of a send constant.
        if oldest > 1_024, oldest * 2 > times.count {
            times.removeFirst(oldest)
            oldest = 0
        }
        let start = Timestamp(microseconds: newest.microseconds - Self.second.microseconds)
        highest = max(highest, times.count - place(of: start))
    }

    private func at(_ index: Int, with time: Timestamp, at place: Int) -> Timestamp {
        index == place ? time : times[index < place ? index : index - 1]
    }

    /// Behind all that are not later.
    private func place(of time: Timestamp) -> Int {
        var low = oldest
        var high = times.count
        while low < high {
            let middle = (low + high) / 2
            if times[middle] <= time { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
