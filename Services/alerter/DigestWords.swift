import JSON
import Models
import Runtime
import Storage

/// The words and figures of digests, and the form in which they wait to be sent.
enum DigestWords {
    /// So few that Slack shows them whole.
    private static let sealsOfTable = 7

    struct Content: Sendable {
        var paragraphs: [String] = []
        var tables: [AlertText.Table] = []
    }

    // MARK: Every day

    static func day(_ day: DigestStore.Day, _ news: DigestNews) -> Content {
        let flow = day.flow
        var content = Content(paragraphs: [summary(day)])
        content.tables.append(
            .init(
                title: "The last 24 hours",
                rows: [
                    ("Accepted", grouped(flow.accepted)), ("Sent", grouped(flow.sent)),
                    ("Delivered", grouped(flow.delivered)), ("Read", grouped(flow.read)),
                    ("Failed", grouped(flow.failed + flow.undelivered + flow.expired)),
                    ("Delivery rate", percent(flow.deliveryRate)), ("Still on their way", grouped(flow.pending)),
                ]))
        if !day.reasons.isEmpty {
            content.tables.append(
                .init(title: "Why messages did not arrive", rows: day.reasons.map { (error($0.code), grouped($0.messages)) }))
        }
        content.tables.append(
            .init(
                title: "Alerts",
                rows: [
                    ("Critical failures", grouped(day.criticalFailures)), ("Opened", grouped(day.alertsOpened)),
                    ("Still open", grouped(day.alertsStillOpen)),
                ]))
        if !news.alerts.isEmpty {
            content.tables.append(
                .init(title: "Open now", rows: news.alerts.map { ($0.title, $0.severity.rawValue) }))
        }
        if !news.tokens.isEmpty {
            content.tables.append(
                .init(
                    title: "Access tokens that end soon",
                    rows: news.tokens.map { ("\($0.business), \($0.sender)", String($0.endsAt.rfc3339.prefix(10))) }))
        }
        addSeals(news.seals, to: &content)
        return content
    }

    /// Whoever has this mail has what the log can be held against later.
    private static func addSeals(_ seals: [DigestNews.NewestSeal], to content: inout Content) {
        if seals.isEmpty { return }
        content.paragraphs.append(
            "Keep this message: with the newest seal of the log, named below, nothing recorded before can be changed or left "
                + "out without showing.")
        for start in stride(from: 0, to: seals.count, by: sealsOfTable) {
            content.tables.append(
                .init(
                    title: "The newest seal of the log",
                    rows: seals[start..<min(start + sealsOfTable, seals.count)].map { one in
                        (
                            "\(one.business), seal \(one.seal.number), until \(one.seal.to)",
                            "\(counted(Int64(one.seal.leaves), "message")), root \(one.seal.root), SHA-256 \(one.hash)"
                        )
                    }))
        }
    }

    private static func summary(_ day: DigestStore.Day) -> String {
        if day.flow.accepted == 0 { return "No message was accepted in the last 24 hours." }
        let rate = day.flow.deliveryRate.map { " \(percent($0)) of what has ended was delivered." } ?? ""
        return "\(counted(day.flow.accepted, "message")) accepted in the last 24 hours.\(rate)"
    }

    // MARK: Every week

    static func retries(_ businesses: [DigestStore.Retries], _ news: DigestNews) -> Content {
        let messages = businesses.reduce(0) { $0 + $1.messages }
        if messages == 0 { return Content(paragraphs: ["No message had to be repeated last week."]) }
        let succeeded = businesses.reduce(0) { $0 + $1.succeeded }
        let failed = businesses.reduce(0) { $0 + $1.failed }
        let times = businesses.reduce(0) { $0 + $1.retries }
        var content = Content(
            paragraphs: [
                """
                \(counted(messages, "message")) had to be repeated last week, \(counted(times, "time")) altogether: \
                \(percent(rate(succeeded, failed))) of those that have ended went out in the end.
                """
            ])
        content.tables.append(
            .init(
                title: "By business: success after a retry",
                rows: businesses.prefix(20).map { one in
                    (
                        one.business,
                        "\(percent(rate(one.succeeded, one.failed))) of \(counted(one.messages, "message"))"
                    )
                }))
        if !news.codes.isEmpty {
            content.tables.append(
                .init(
                    title: "Given up after retries, by reason",
                    rows: news.codes.map { (error($0.code), "\(counted($0.messages, "message")), \(counted($0.retries, "retry", "retries"))") }))
        }
        return content
    }

    private static func rate(_ succeeded: Int64, _ failed: Int64) -> Double? {
        succeeded + failed > 0 ? Double(succeeded) / Double(succeeded + failed) : nil
    }

    // MARK: While it waits

    static func encode(_ content: Content) -> String {
        var writer = JSONWriter(capacity: 1_024)
        writer.object { writer in
            writer.field("paragraphs", content.paragraphs)
            writer.field("tables", array: { list in
                for table in content.tables {
                    list.object { object in
                        object.field("title", table.title)
                        object.field("names", table.rows.map(\.name))
                        object.field("values", table.rows.map(\.value))
                    }
                }
            })
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// Nothing for what is no digest.
    static func decode(_ text: String) -> Content {
        guard let root = (try? JSONDocument(parsing: Array(text.utf8)))?.root else { return Content() }
        func texts(_ value: JSONValue?) -> [String] { value?.elements?.compactMap(\.string) ?? [] }
        return Content(
            paragraphs: texts(root["paragraphs"]),
            tables: (root["tables"]?.elements ?? []).map { table in
                .init(
                    title: table["title"]?.string ?? "",
                    rows: zip(texts(table["names"]), texts(table["values"])).map { (name: $0, value: $1) })
            })
    }

    // MARK: Pieces

    private static func error(_ code: Int) -> String { "\(ProviderErrors.describe(code: code).title) (\(code))" }

    private static func counted(_ number: Int64, _ one: String, _ many: String? = nil) -> String {
        "\(grouped(number)) \(number == 1 ? one : many ?? one + "s")"
    }

    static func grouped(_ number: Int64) -> String {
        let digits = String(number.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return number < 0 ? "-" + text : text
    }

    /// One digit after the point.
    static func percent(_ share: Double?) -> String {
        guard let share else { return "–" }
        let tenths = Int((share * 1_000).rounded())
        return "\(tenths / 10).\(tenths % 10) %"
    }
}
