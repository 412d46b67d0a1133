import Models
import Postgres
import Testing

@Suite struct ValueTests {
    /// Sends the value, has the server name its type, and reads it back.
    private func roundTrip<Value: SQLValue & Equatable>(
        _ value: Value,
        as type: String,
        _ database: Database
    ) async throws {
        let rows = try await database.rows("SELECT \(value) AS value, pg_typeof(\(value))::text AS type")
        #expect(try rows[0].value("value", as: Value.self) == value)
        #expect(try rows[0].value("type", as: String.self) == type)
    }

    @Test func everyTypeComesBackAsItWent() async throws {
        try await withDatabase { database async throws in
            for text in [
                "", "plain", "grüße 🦅 \u{0301}", "'; DROP TABLE x; --", "\\ \" \n\t",
                String(repeating: "x", count: 200_000),
            ] {
                try await roundTrip(text, as: "text", database)
            }
            for number in [0, 1, -1, Int.max, Int.min] { try await roundTrip(number, as: "bigint", database) }
            for number in [Int32.max, .min] { try await roundTrip(number, as: "integer", database) }
            for number in [Int16.max, .min] { try await roundTrip(number, as: "smallint", database) }
            for number in [0.0, -0.5, .infinity, 1e308, .leastNonzeroMagnitude] {
                try await roundTrip(number, as: "double precision", database)
            }
            for flag in [true, false] { try await roundTrip(flag, as: "boolean", database) }
            for uuid in [
                UUIDValue(high: 0, low: 0), UUIDValue(high: .max, low: .max), UUIDValue(high: 1, low: 2),
            ] {
                try await roundTrip(uuid, as: "uuid", database)
                try await roundTrip(TenantID(uuid), as: "uuid", database)
            }
            for bytes in [[], [0], Array(UInt8.min...UInt8.max)] as [[UInt8]] {
                try await roundTrip(bytes, as: "bytea", database)
                try await roundTrip(Bytes(bytes), as: "bytea", database)
            }
            try await roundTrip(JSONText("{\"a\": [1, null, \"ü\"]}"), as: "jsonb", database)
        }
    }

    @Test func extremeTimesComeBackAsTheyWent() async throws {
        try await withDatabase { database async throws in
            let year: Int64 = 31_556_952_000_000
            for microseconds in [0, 1, -1, 946_684_800_000_000, year * 200_000, year * -6_000, .max, .min]
                as [Int64]
            {
                let time = Timestamp(microseconds: microseconds)
                try await roundTrip(time, as: "timestamp with time zone", database)
            }
            let rows = try await database.rows(
                """
                SELECT \(Timestamp(microseconds: .max))::text AS last,
                    \(Timestamp(microseconds: .min))::text AS first,
                    \(Timestamp(microseconds: 1_700_000_000_123_456))::text AS some, DATE '2023-11-14' AS day
                """
            )
            #expect(try rows[0].value("last", as: String.self) == "infinity")
            #expect(try rows[0].value("first", as: String.self) == "-infinity")
            #expect(try rows[0].value("some", as: String.self) == "2023-11-14 22:13:20.123456+00")
            #expect(try rows[0].value("day", as: Timestamp.self).microseconds == 1_699_920_000_000_000)
        }
    }

    @Test func nullsAreNilAndNothingElse() async throws {
        try await withDatabase { database async throws in
            try await roundTrip(String?.none, as: "text", database)
            try await roundTrip(String?.some(""), as: "text", database)
            try await roundTrip(TenantID?.none, as: "uuid", database)
            try await roundTrip([Int]?.none, as: "bigint[]", database)
            let rows = try await database.rows("SELECT NULL::text AS nothing, 1::int4 AS one")
            #expect(throws: DatabaseError.self) { try rows[0].value("nothing", as: String.self) }
            #expect(throws: DatabaseError.self) { try rows[0].value("one", as: String.self) }
            #expect(throws: DatabaseError.self) { try rows[0].value("absent", as: String.self) }
            #expect(throws: DatabaseError.self) { try rows[0].value(7, as: Int.self) }
        }
    }

    @Test func arraysKeepOrderNullsAndEmptiness() async throws {
        try await withDatabase { database async throws in
            try await roundTrip([String](), as: "text[]", database)
            try await roundTrip(["a", "", "ü"], as: "text[]", database)
            try await roundTrip(["a", nil, "c"] as [String?], as: "text[]", database)
            try await roundTrip([nil, nil] as [Int?], as: "bigint[]", database)
            try await roundTrip([1, nil, 3] as [Int16?], as: "smallint[]", database)
            try await roundTrip([true, false], as: "boolean[]", database)
            try await roundTrip([1.5, nil] as [Double?], as: "double precision[]", database)
            try await roundTrip([[1, 2], [], [255]] as [[UInt8]], as: "bytea[]", database)
            try await roundTrip([[1, 2], nil] as [[UInt8]?], as: "bytea[]", database)
            try await roundTrip([JSONText("1"), nil] as [JSONText?], as: "jsonb[]", database)
            try await roundTrip(
                [Timestamp(microseconds: 5), nil] as [Timestamp?],
                as: "timestamp with time zone[]",
                database
            )
            try await roundTrip([MessageID(UUIDValue(high: 1, low: 2)), nil], as: "uuid[]", database)
            let rows = try await database.rows(
                "SELECT * FROM unnest(\([1, 2, 3])::bigint[], \(["a", nil, "c"] as [String?])) AS t(number, word)"
            )
            #expect(try rows.map { try $0.value("word", as: String?.self) } == ["a", nil, "c"])
        }
    }

    @Test func sumsAndAveragesAreReadFromNumeric() async throws {
        try await withDatabase { database async throws in
            for (text, integer, double) in [
                ("0", 0, 0.0), ("12", 12, 12), ("-10000", -10000, -10000),
                ("123456789012345678", 123_456_789_012_345_678, nil),
                ("9223372036854775807", .max, 0x1p63), ("-9223372036854775808", .min, -0x1p63),
                ("12.50", nil, 12.5), ("0.0001", nil, 0.0001), ("-0.3", nil, -0.3), ("1e30", nil, 1e30),
                ("NaN", nil, nil),
            ] as [(String, Int?, Double?)] {
                let rows = try await database.rows("SELECT \(text)::numeric AS value")
                if let integer {
                    #expect(try rows[0].value("value", as: Int.self) == integer)
                } else {
                    #expect(throws: DatabaseError.self) { try rows[0].value("value", as: Int.self) }
                }
                if let double { #expect(try rows[0].value("value", as: Double.self) == double) }
            }
        }
    }

    @Test func fragmentsKeepTheirValuesInOrder() async throws {
        try await withDatabase { database async throws in
            let conditions: [SQL] = ["n > \(3)", "n < \(7)", "n <> ALL (\([5]))", "true"]
            let tail: SQL = " ORDER BY n LIMIT \(10)"
            let sql: SQL =
                "SELECT n, \("x") AS x FROM generate_series(1, \(9)) AS n WHERE \(conditions.joined(separator: " AND "))\(tail)"
            #expect(sql.text.contains("n > $3 AND n < $4 AND n <> ALL ($5) AND true ORDER BY n LIMIT $6"))
            let rows = try await database.rows(sql)
            #expect(try rows.map { try $0.value("n", as: Int.self) } == [4, 6])
        }
    }

    @Test func manyParametersAreRenumberedCorrectly() async throws {
        try await withDatabase { database async throws in
            let parts: [SQL] = (1...25).map { "(\($0))" }
            let rows = try await database.rows(
                "SELECT sum(v) AS s FROM (VALUES \(parts.joined(separator: ", "))) AS t(v)"
            )
            #expect(try rows[0].value("s", as: Int.self) == 325)
        }
    }
}
