extension Duration {
    /// Reads "250ms", "5s", "3m", "1h" or "7d": a whole number and one unit, nothing else.
    package init?(settingText text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int64(digits),
            let unit = Self.millisecondsByUnit[String(text.dropFirst(digits.count))]
        else { return nil }
        let (milliseconds, overflow) = count.multipliedReportingOverflow(by: unit)
        // 100 years: far above any sensible setting, far below where arithmetic on instants would overflow.
        guard !overflow, milliseconds <= 100 * 365 * 86_400_000 else { return nil }
        self = .milliseconds(milliseconds)
    }

    /// The same form back, in the largest unit that loses nothing; finer parts than a millisecond are cut.
    package var settingText: String {
        let (seconds, attoseconds) = components
        let milliseconds = seconds * 1_000 + attoseconds / 1_000_000_000_000_000
        guard milliseconds != 0 else { return "0s" }
        for (unit, size) in Self.unitsFromLargest where milliseconds % size == 0 {
            return "\(milliseconds / size)\(unit)"
        }
        return "\(milliseconds)ms"
    }

    private static let unitsFromLargest: [(String, Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1),
    ]
    private static let millisecondsByUnit = Dictionary(uniqueKeysWithValues: unitsFromLargest)
}
