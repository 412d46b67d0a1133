import Models
import Testing

@Suite struct TimestampTextTests {
    @Test func aTimeReadsBackAsItWasWritten() throws {
        for microseconds: Int64 in [0, 1, 999, 1_000, 951_782_400_000_000, 1_795_219_173_004_217, -1] {
            let instant = Timestamp(microseconds: microseconds)
            let read = Timestamp(rfc3339: instant.rfc3339)
            // Before 1970 works too: nothing may trap on a customer's date.
            #expect(read == instant, "\(instant.rfc3339)")
        }
    }

    @Test func aTimeIsWrittenInUTCWithAsManyDigitsAsItNeeds() {
        #expect(Timestamp(microseconds: 0).rfc3339 == "1970-01-01T00:00:00Z")
        #expect(Timestamp(microseconds: 1_795_219_173_000_000).rfc3339 == "2026-11-20T23:59:33Z")
        #expect(Timestamp(microseconds: 1_795_219_173_004_000).rfc3339 == "2026-11-20T23:59:33.004Z")
        #expect(Timestamp(microseconds: 1_795_219_173_004_217).rfc3339 == "2026-11-20T23:59:33.004217Z")
    }

    @Test func offsetsAreTakenIntoAccount() {
        let expected = Timestamp(rfc3339: "2026-03-01T00:30:00Z")
        #expect(expected != nil)
        #expect(Timestamp(rfc3339: "2026-03-01T02:30:00+02:00") == expected)
        #expect(Timestamp(rfc3339: "2026-02-28T19:00:00-05:30") == expected)
        #expect(Timestamp(rfc3339: "2026-03-01t00:30:00.000000999z") == expected)
    }

    @Test(arguments: [
        "", "2026-03-01", "2026-03-01T00:30:00", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-06-31T00:00:00Z", "2026-03-01T24:00:00Z", "2026-03-01T00:60:00Z", "2026-03-01T23:59:60Z",
        "2026-03-01T00:30:00.Z", "2026-03-01T00:30:00.0123456789Z", "2026-03-01T00:30:00Z ", "2026-3-1T00:30:00Z",
        "2026-03-01T00:30:00+0200", "٢٠٢٦-03-01T00:30:00Z",
    ])
    func whatIsNoTimeIsRefused(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }
}
