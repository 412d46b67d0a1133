/// A count that stops at a bound: nobody waits for the exact number of a very long line.
package struct CappedCount: Hashable, Sendable {
    package let count: Int
    /// There are more than `count`.
    package let isMore: Bool

    package init(_ counted: Int, max: Int = .max) {
        count = min(counted, max)
        isMore = counted > max
    }

    /// "312", "more than 10,000".
    package var words: String {
        isMore ? "more than \(Self.grouped(count))" : Self.grouped(count)
    }

    private static func grouped(_ number: Int) -> String {
        let digits = Array(String(number))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0, digits[index - 1] != "-" { text += "," }
            text.append(digit)
        }
        return text
    }
}
