import Crypto
internal import HTTPClient
package import JSON
package import Models
import Postgres

/// What a scenario does to the system and asks of it, as its users would.
extension TestSystem {
    package struct Answer: Sendable {
        package let status: Int
        package let json: JSONValue?
        package let body: [UInt8]
        package let headers: [(name: String, value: String)]

        package func header(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }
    }

    package func get(_ url: String, headers: [(String, String)] = []) async throws -> Answer {
        try await request("GET", url, headers: headers, body: [])
    }

    package func request(
        _ method: String, _ url: String, headers: [(String, String)] = [], body: [UInt8]
    ) async throws -> Answer {
        let response = try await client.send(
            ClientRequest(
                method: method, url: url, headers: headers, body: body, timeout: .seconds(30),
                responseBytesMax: 16 << 20))
        return Answer(
            status: response.status, json: (try? JSONDocument(parsing: response.body))?.root, body: response.body,
            headers: response.headers)
    }

    // MARK: The tenant's API

    package static func templateBody(to recipient: String, extra: String = "") -> String {
        """
        {"to":"\(recipient)","type":"template","kind":"confirmation","template":{"name":"event_reminder_24h",\
        "language":"en","variables":{"attendee_name":"Ada"}}\(extra)}
        """
    }

    /// `POST /v1/messages` as it is; the caller looks at the answer.
    package func post(_ body: String, key: String? = nil, idempotencyKey: String? = nil) async throws -> Answer {
        var headers = [("Authorization", "Bearer \(key ?? apiKey)"), ("Content-Type", "application/json")]
        if let idempotencyKey { headers.append(("Idempotency-Key", idempotencyKey)) }
        return try await request("POST", ingestURL + "/v1/messages", headers: headers, body: Array(body.utf8))
    }

    /// Sends the demo's reminder and answers its id.
    package func send(to recipient: String, extra: String = "", key: String? = nil) async throws -> MessageID {
        let answer = try await post(Self.templateBody(to: recipient, extra: extra), key: key)
        guard answer.status == 202, let id = answer.json?["id"]?.string.flatMap({ MessageID($0) }) else {
            throw NotInTime(description: "HTTP \(answer.status): \(String(decoding: answer.body, as: UTF8.self))")
        }
        return id
    }

    package func message(_ id: MessageID, key: String? = nil) async throws -> JSONValue {
        let answer = try await get(
            "\(ingestURL)/v1/messages/\(id)", headers: [("Authorization", "Bearer \(key ?? apiKey)")])
        guard answer.status == 200, let json = answer.json else {
            throw NotInTime(description: "HTTP \(answer.status) for \(id)")
        }
        return json
    }

    package func status(of id: MessageID, key: String? = nil) async throws -> String {
        try await message(id, key: key)["status"]?.string ?? ""
    }

    package func waitForStatus(
        _ status: String, of id: MessageID, key: String? = nil, within limit: Duration = .seconds(40)
    ) async throws {
        try await eventually("\(id) is \(status)", within: limit) {
            try await self.status(of: id, key: key) == status
        }
    }

    // MARK: The stand-in's own log

    package func oracleSummary() async throws -> JSONValue {
        guard let json = try await get(sandboxURL + "/oracle/summary").json else {
            throw NotInTime(description: "the oracle gave no summary")
        }
        return json
    }

    package func sends(of id: MessageID) async throws -> [JSONValue] {
        try await get("\(sandboxURL)/oracle/sends?message=\(id)").json?["data"]?.elements ?? []
    }

    package func inbox() async throws -> JSONValue {
        guard let json = try await get(sandboxURL + "/inbox.json").json else {
            throw NotInTime(description: "the inbox gave nothing")
        }
        return json
    }

    // MARK: Webhooks, signed as Meta signs

    package func postWebhook(_ body: String, secret: String = TestSystem.appSecret) async throws -> Answer {
        let bytes = Array(body.utf8)
        let signature = "sha256=" + Hexadecimal.encode(HMACSHA256.authenticate(key: secret, message: bytes))
        return try await request(
            "POST", webhookURL, headers: [("X-Hub-Signature-256", signature), ("Content-Type", "application/json")],
            body: bytes)
    }

    // MARK: The database, as its owner

    /// How many messages are in each state, by the rows themselves.
    package func states() async throws -> [MessageState: Int] {
        let rows = try await admin.rows("SELECT state, count(*)::int AS n FROM message_states GROUP BY state")
        var states: [MessageState: Int] = [:]
        for row in rows {
            guard let state = MessageState(rawValue: try row.value("state")) else { continue }
            states[state] = Int(try row.value("n", as: Int32.self))
        }
        return states
    }

    /// Accepted = sum over all states, by the counts that pages show; nil when it holds, else what is wrong.
    package func ledgerProblem() async throws -> String? {
        let rows = try await admin.rows(
            """
            WITH changes AS (
                SELECT to_state AS state, messages::bigint AS n FROM message_count_changes
                UNION ALL
                SELECT from_state, -messages FROM message_count_changes WHERE from_state >= 0
                UNION ALL
                SELECT state, entered - left_state FROM message_counts
            ), counted AS (SELECT state, sum(n)::bigint AS n FROM changes GROUP BY state),
            actual AS (SELECT state, count(*)::bigint AS n FROM message_states GROUP BY state)
            SELECT coalesce(c.state, a.state) AS state, coalesce(c.n, 0)::bigint AS counted,
                   coalesce(a.n, 0)::bigint AS actual
            FROM counted c FULL JOIN actual a ON a.state = c.state
            WHERE coalesce(c.n, 0) <> coalesce(a.n, 0)
            """)
        if rows.isEmpty { return nil }
        return try rows.map { row in
            "state \(try row.value("state", as: Int16.self)): counted \(try row.value("counted", as: Int64.self)), rows \(try row.value("actual", as: Int64.self))"
        }.joined(separator: "; ")
    }
}
