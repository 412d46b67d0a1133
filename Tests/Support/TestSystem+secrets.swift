package import Foundation
internal import Kafka
internal import Postgres

/// What must never be seen outside of its row, and everything outside.
extension TestSystem {
    /// Every place where something may have been written that people or programs read, by name.
    ///
    /// - Parameter withNumbers: also where customers' numbers have to be: what providers brought, kept as it came.
    package func everythingWritten(withNumbers: Bool) async throws -> [(place: String, text: Data)] {
        var places: [(place: String, text: Data)] = []
        for name in names where !["broker", "providers"].contains(name) {
            places.append(("metrics of \(name)", Data(try await get(url(name) + "/metrics").body)))
        }
        for topic in ["dispatch", "events", "alerts", "control"] + (withNumbers ? ["webhooks"] : []) {
            places.append(("topic \(topic)", try await everything(on: "tidings.\(topic)")))
        }
        for table in ["alerts", "notifications", "audit_log", "unknown_codes", "gates"] {
            let rows = try await admin.rows("SELECT to_jsonb(t)::text AS line FROM \(raw: table) t")
            let lines = try rows.map { try $0.value("line", as: String.self) }
            places.append(("table \(table)", Data(lines.joined(separator: "\n").utf8)))
        }
        // Slack's stand-in names the secret address that it was reached at; what was written there must not.
        let inbox = try await get(sandboxURL + "/inbox.json").text
        let path = Self.slackPath.split(separator: "/").last.map(String.init) ?? ""
        places.append(("Slack and mail", Data(inbox.replacing(path, with: "").utf8)))
        return places
    }

    /// Which of these texts stand in which place.
    package static func findings(_ texts: [String], in places: [(place: String, text: Data)]) -> [String] {
        places.flatMap { place, written in
            texts.filter { !$0.isEmpty && written.range(of: Data($0.utf8)) != nil }.map { "\(place) holds \($0)" }
        }
    }

    /// Keys, values and headers of all records that a topic has.
    private func everything(on topic: String) async throws -> Data {
        var settings = KafkaSettings(
            bootstrapServers: url("broker").replacing("http://", with: ""), clientID: "reader")
        settings.extra["auto.offset.reset"] = "earliest"
        let consumer = try KafkaConsumer(settings, group: "reader-\(UUID().uuidString)", topics: [topic])
        var text = Data()
        var emptyInARow = 0
        while emptyInARow < 3 {
            let records = try await consumer.next(max: 1_000, within: .seconds(2))
            emptyInARow = records.isEmpty ? emptyInARow + 1 : 0
            for record in records {
                text.append(contentsOf: record.key ?? [])
                text.append(contentsOf: record.value)
                for (_, value) in record.headers { text.append(contentsOf: value) }
                text.append(10)
            }
            consumer.finish(records)
        }
        await consumer.stop()
        return text
    }
}
