package import JSON

/// Alerts as those who are told of them see and acknowledge them.
extension TestSystem {
    /// Of a message in Slack's inbox: where its button Acknowledge leads, nil when it has none.
    package static func acknowledgeLink(_ message: JSONValue) -> String? {
        guard let raw = try? JSONDocument(parsing: Array((message["raw"]?.string ?? "").utf8)).root else { return nil }
        let buttons = (raw["blocks"]?.elements ?? []).flatMap { $0["elements"]?.elements ?? [] }
        return buttons.first { $0["text"]?["text"]?.string == "Acknowledge" }?["url"]?.string
    }

    /// Presses the button of the page that the link opens.
    package func pressAcknowledge(_ link: String) async throws -> Answer {
        let parts = link.split(separator: "?t=", maxSplits: 1)
        return try await request(
            "POST", String(parts.first ?? ""),
            headers: [("Origin", monitorURL), ("Content-Type", "application/x-www-form-urlencoded")],
            body: Array("t=\(parts.last ?? "")".utf8))
    }
}
