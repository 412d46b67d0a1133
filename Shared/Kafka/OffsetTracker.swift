/// Which offset of one partition may be stored: the one after the longest finished beginning of what was
/// delivered.
///
/// A prefix of what was delivered, not of the numbers: offsets may have holes. A pure value.
package struct OffsetTracker: Sendable, Equatable {
    package enum Delivery: Sendable, Equatable {
        case next
        /// So many offsets were never delivered: the broker dropped them before we read them.
        case afterGap(missing: Int64)
        /// The log begins anew below what we have read, so everything older was forgotten.
        case rewound
    }

    package enum Finish: Sendable, Equatable {
        /// Everything before `offset` is finished: store it.
        case store(offset: Int64)
        /// An earlier record is still being worked on.
        case waitsForEarlier
        /// Never delivered, already finished, or from before the log began anew.
        case ignored
    }

    private struct Entry: Sendable, Equatable {
        let offset: Int64
        var isFinished: Bool
    }

    private var entries: [Entry] = []
    /// Index of the oldest unfinished entry; what lies before it is done and cut off now and then.
    private var head = 0
    private var expected: Int64?

    /// - Parameter startingAt: the offset the group stored, when known, so that a loss before the first record is seen.
    package init(startingAt offset: Int64? = nil) {
        expected = offset
    }

    /// Delivered and not finished.
    package var inFlight: Int { entries[head...].count { !$0.isFinished } }
    /// The offset after the last delivered one.
    package var position: Int64? { expected }

    package mutating func deliver(_ offset: Int64) -> Delivery {
        defer {
            expected = offset + 1
            entries.append(Entry(offset: offset, isFinished: false))
        }
        guard let expected, expected != offset else { return .next }
        if offset > expected { return .afterGap(missing: offset - expected) }
        entries.removeAll()
        head = 0
        return .rewound
    }

    package mutating func finish(_ offset: Int64) -> Finish {
        guard let index = indexOfUnfinished(offset) else { return .ignored }
        entries[index].isFinished = true
        guard index == head else { return .waitsForEarlier }
        while head < entries.count, entries[head].isFinished { head += 1 }
        let stored = entries[head - 1].offset + 1
        // Cutting off in halves keeps the cost per record constant.
        if head > 256, head * 2 > entries.count {
            entries.removeFirst(head)
            head = 0
        }
        return .store(offset: stored)
    }

    private func indexOfUnfinished(_ offset: Int64) -> Int? {
        var low = head
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].offset < offset { low = middle + 1 } else { high = middle }
        }
        guard low < entries.count, entries[low].offset == offset, !entries[low].isFinished else { return nil }
        return low
    }
}
