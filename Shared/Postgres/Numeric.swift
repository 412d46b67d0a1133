/// Postgres' `numeric` as it is on the wire: base 10,000 digits, which sums and averages come back as.
struct Numeric {
    private let digits: [Int16]
    private let weight: Int
    private let sign: UInt16

    private static let negative: UInt16 = 0x4000
    private static let positive: UInt16 = 0x0000

    init(_ cell: Cell) throws(DatabaseError) {
        let count = Int(try cell.number(UInt16.self))
        weight = Int(try cell.number(Int16.self, at: 2))
        sign = try cell.number(UInt16.self, at: 4)
        var digits: [Int16] = []
        for index in 0..<count { digits.append(try cell.number(Int16.self, at: 8 + index * 2)) }
        self.digits = digits
    }

    func integer() throws(DatabaseError) -> Int64 {
        guard sign == Self.positive || sign == Self.negative else {
            throw .decoding("a numeric that is no number")
        }
        var value: Int64 = 0
        for position in 0..<max(digits.count, weight + 1) {
            let digit = position < digits.count ? Int64(digits[position]) : 0
            if position > weight {
                guard digit == 0 else {
                    throw .decoding("a numeric with a fraction where an integer is wanted")
                }
                continue
            }
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10_000)
            // Towards the negative, because Int64.min has no positive counterpart.
            let (sum, beyond) = scaled.subtractingReportingOverflow(digit)
            guard !overflow, !beyond else { throw .decoding("a numeric that does not fit 64 bits") }
            value = sum
        }
        if sign == Self.negative { return value }
        guard value != .min else { throw .decoding("a numeric that does not fit 64 bits") }
        return -value
    }

    func double() throws(DatabaseError) -> Double {
        switch sign {
        case Self.positive, Self.negative: break
        case 0xD000: return .infinity
        case 0xF000: return -.infinity
        default: return .nan
        }
        var text = sign == Self.negative ? "-0" : "0"
        for digit in digits {
            let padded = String(Int(digit) + 10_000).dropFirst()
            text += padded
        }
        // Parsing a decimal text rounds once; multiplying and adding would round at every digit.
        return Double(text + "e\((weight + 1 - digits.count) * 4)") ?? .nan
    }
}
