internal import HTTPClient
internal import JSON

/// What a founder and a business's developer do, by the API alone.
extension TestSystem {
    /// The founder signs in by the link that came by mail, and makes a key for programs.
    package func adminKey() async throws -> String {
        let before = try await linksInMails().count
        let page = [("Origin", monitorURL), ("Content-Type", "application/x-www-form-urlencoded")]
        _ = try await request(
            "POST", monitorURL + "/sign-in", headers: page, body: Array("email=\(Self.founder)".utf8))
        var token = ""
        try await eventually("the link has come by mail") {
            let links = try await self.linksInMails()
            token = links.last ?? ""
            return links.count > before
        }
        let entered = try await request(
            "POST", monitorURL + "/sign-in/link", headers: page, body: Array("token=\(token)".utf8))
        guard let cookie = entered.header("Set-Cookie")?.prefix(while: { $0 != ";" }) else {
            throw NotInTime(description: "no session: HTTP \(entered.status) \(entered.text)")
        }
        let made = try await request(
            "POST", monitorURL + "/v1/admin/keys",
            headers: [("Origin", monitorURL), ("Cookie", String(cookie)), ("Content-Type", "application/json")],
            body: Array(#"{"name":"scenario"}"#.utf8))
        guard let key = made.json?["key"]?.string else {
            throw NotInTime(description: "no admin key: HTTP \(made.status) \(made.text)")
        }
        return key
    }

    /// Oldest first.
    private func linksInMails() async throws -> [String] {
        let items = try await get(sandboxURL + "/inbox.json").json?["data"]?.elements ?? []
        let sorted = items.sorted { ($0["at"]?.string ?? "") < ($1["at"]?.string ?? "") }
        return sorted.compactMap { item in
            guard let text = item["text"]?.string, let begin = text.firstRange(of: "link?token=") else { return nil }
            return String(text[begin.upperBound...].prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" })
        }
    }

    /// One call of either API with a key.
    package func call(
        _ method: String, _ url: String, _ body: String = "", key: String
    ) async throws -> Answer {
        var headers = [("Authorization", "Bearer \(key)")]
        if !body.isEmpty { headers.append(("Content-Type", "application/json")) }
        return try await request(method, url, headers: headers, body: Array(body.utf8))
    }
}
