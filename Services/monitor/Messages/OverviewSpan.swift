import HTTPServer
import Models

/// The days (UTC) an overview is about, and the days before them that it is compared with.
struct OverviewSpan: Sendable {
    static let daysMax = 366
    static let dayMicroseconds: Int64 = 86_400_000_000
    /// The choices of the page besides dates.
    static let presets: [(word: String, title: String, days: Int)] = [
        ("today", "Today", 1), ("7d", "7 days", 7), ("30d", "30 days", 30), ("90d", "90 days", 90),
    ]
    static let standard = "7d"

    /// The chosen preset's word; nil for dates.
    let preset: String?
    /// Midnight of the first day.
    let from: Timestamp
    /// Now, or the midnight after the last day.
    let to: Timestamp
    let days: Int

    init(_ request: Request, now: Timestamp) throws {
        let tomorrow = Timestamp(microseconds: Self.midnight(now).microseconds + Self.dayMicroseconds)
        if let first = request.query("from"), !first.isEmpty {
            let from = Self.midnight(try LogQuery.time(first, "from", endOfDay: false))
            let last = request.query("to").flatMap { $0.isEmpty ? nil : $0 }
            let end = min(try last.map { try LogQuery.time($0, "to", endOfDay: true) } ?? tomorrow, tomorrow)
            guard from < end else { throw Problem.badParameter("from", "It lies after the last day.") }
            let days = Int(((end - from).microseconds + Self.dayMicroseconds - 1) / Self.dayMicroseconds)
            guard days <= Self.daysMax else {
                throw Problem.badParameter("from", "At most \(Self.daysMax) days are shown together.")
            }
            self.init(preset: nil, from: from, to: min(end, now), days: days)
            return
        }
        let word = request.query("span") ?? Self.standard
        guard let preset = Self.presets.first(where: { $0.word == word }) else {
            throw Problem.badParameter("span", "It is one of today, 7d, 30d, 90d.")
        }
        let from = Timestamp(microseconds: tomorrow.microseconds - Int64(preset.days) * Self.dayMicroseconds)
        self.init(preset: word, from: from, to: now, days: preset.days)
    }

    private init(preset: String?, from: Timestamp, to: Timestamp, days: Int) {
        self.preset = preset
        self.from = from
        self.to = to
        self.days = days
    }

    /// As long, right before it; a day that is not over is compared with as much of its like.
    var before: OverviewSpan {
        let back = Int64(days) * Self.dayMicroseconds
        return OverviewSpan(
            preset: preset, from: Timestamp(microseconds: from.microseconds - back),
            to: Timestamp(microseconds: to.microseconds - back), days: days)
    }

    /// "2026-11-20"
    var firstDay: String { Self.day(from) }
    var lastDay: String { Self.day(Timestamp(microseconds: to.microseconds - 1)) }

    /// What the charts show: days, of which one or two would be no trend.
    var chartedDays: [Timestamp] {
        let end = Self.midnight(Timestamp(microseconds: to.microseconds - 1))
        let count = max(days, 7)
        return (0..<count).map {
            Timestamp(microseconds: end.microseconds - Int64(count - 1 - $0) * Self.dayMicroseconds)
        }
    }

    /// The last 48 hours of the span.
    var chartedHours: [Timestamp] {
        let hour: Int64 = 3_600_000_000
        let last = (to.microseconds - 1) / hour * hour
        return (0..<48).map { Timestamp(microseconds: last - Int64(47 - $0) * hour) }
    }

    static func midnight(_ moment: Timestamp) -> Timestamp {
        Timestamp(microseconds: moment.microseconds / dayMicroseconds * dayMicroseconds)
    }

    static func day(_ moment: Timestamp) -> String { String(moment.rfc3339.prefix(10)) }
}
