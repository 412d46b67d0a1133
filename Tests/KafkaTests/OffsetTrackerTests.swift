import Kafka
import TestSupport
import Testing

@Suite struct OffsetTrackerTests {
    @Test func onlyTheFinishedBeginningIsStored() {
        var tracker = OffsetTracker()
        for offset in Int64(10)..<14 { #expect(tracker.deliver(offset) == .next) }
        #expect(tracker.finish(11) == .waitsForEarlier)
        #expect(tracker.finish(12) == .waitsForEarlier)
        #expect(tracker.finish(10) == .store(offset: 13))
        #expect(tracker.finish(13) == .store(offset: 14))
        #expect(tracker.inFlight == 0)
    }

    @Test func finishingTwiceOrWhatWasNeverDeliveredIsIgnored() {
        var tracker = OffsetTracker()
        _ = tracker.deliver(5)
        #expect(tracker.finish(4) == .ignored)
        #expect(tracker.finish(5) == .store(offset: 6))
        #expect(tracker.finish(5) == .ignored)
        #expect(tracker.finish(6) == .ignored)
    }

    @Test func aHoleInTheOffsetsIsCountedAndDoesNotHoldUp() {
        var tracker = OffsetTracker(startingAt: 3)
        #expect(tracker.deliver(7) == .afterGap(missing: 4))
        #expect(tracker.deliver(9) == .afterGap(missing: 1))
        #expect(tracker.finish(9) == .waitsForEarlier)
        #expect(tracker.finish(7) == .store(offset: 10))
    }

    @Test func aLogThatBeginsAnewForgetsTheOldRecords() {
        var tracker = OffsetTracker()
        for offset in Int64(100)..<110 { _ = tracker.deliver(offset) }
        #expect(tracker.deliver(0) == .rewound)
        #expect(tracker.finish(105) == .ignored)
        #expect(tracker.finish(0) == .store(offset: 1))
    }

    @Test(arguments: 0..<30)
    func inWhateverOrderRecordsFinishNoUnfinishedOneIsPassed(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var tracker = OffsetTracker()
        var open: Set<Int64> = []
        var next: Int64 = 0
        var stored: Int64 = 0
        for _ in 0..<300 {
            if Bool.random(using: &random) || open.isEmpty {
                next += Int.random(in: 0..<10, using: &random) == 0 ? 3 : 0
                _ = tracker.deliver(next)
                open.insert(next)
                next += 1
            } else if let offset = open.sorted().randomElement(using: &random) {
                open.remove(offset)
                if case .store(let reached) = tracker.finish(offset) {
                    #expect(reached > stored)
                    stored = reached
                }
                // The oldest open one, or everything, is what the next reader begins with.
                #expect(open.min().map { stored <= $0 } ?? (stored == next))
            }
        }
        #expect(tracker.inFlight == open.count)
    }
}
