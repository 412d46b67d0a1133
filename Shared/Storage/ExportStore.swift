internal import JSON
package import Models
package import Postgres
package import Runtime

/// A list that can become a file.
package enum ExportList: String, Sendable, CaseIterable {
    case messages, contacts, suppressions
}

/// A list as a file, ordered by somebody and made in the background.
package struct StoredExport: Sendable {
    package enum State: String, Sendable, CaseIterable {
        case waiting, running, ready, failed
    }

    package let id: ExportID
    package let list: ExportList
    package let format: String
    /// As the address of the list has it.
    package let filter: String
    package let state: State
    package let rows: Int64
    package let bytes: Int64
    /// How far the reading has come, of 100.
    package let percent: Int
    package let createdAt: Timestamp
    package let createdBy: String
    package let endedAt: Timestamp?
    package let expiresAt: Timestamp

    init(_ row: Row) throws(DatabaseError) {
        guard let state = State(rawValue: try row.value("state")) else {
            throw .decoding("a state of an export that this program does not know")
        }
        self.state = state
        id = try row.value("id")
        list = try ExportList(stored: row)
        format = try row.value("format")
        filter = try row.value("filter")
        rows = try row.value("rows")
        bytes = try row.value("bytes")
        percent = Int(try row.value("percent", as: Int16.self))
        createdAt = try row.value("created_at")
        createdBy = try row.value("created_by")
        endedAt = try row.value("ended_at")
        expiresAt = try row.value("expires_at")
    }
}

extension ExportList {
    fileprivate init(stored row: Row) throws(DatabaseError) {
        guard let list = ExportList(rawValue: try row.value("list")) else {
            throw .decoding("a list of an export that this program does not know")
        }
        self = list
    }
}

/// An export in somebody's hands: good for writing as long as nobody else was given it.
package struct ExportJob: Sendable {
    /// Nil: the founders', over all businesses.
    package let tenantID: TenantID?
    package let id: ExportID
    package let list: ExportList
    package let format: String
    package let filter: String
    package let createdAt: Timestamp
    /// How often it was begun, this time included.
    package let run: Int
}

/// Exports and their files, which lie in the database: any copy of monitor can make one and hand it out. Each is of one
/// business, or, without one, of the founders.
package struct ExportStore: Sendable {
    /// Of one business at a time, or of the founders.
    package static let openMax = 3
    package static let listMax = 50
    package static let runsMax = 3
    package static let keptFor = Duration.seconds(24 * 3_600)
    /// Without a word for this long, whoever made it is gone.
    package static let lease = Duration.seconds(60)

    private let database: Database
    private let ids: IDSource

    /// - Parameter database: the service's role for a tenant's own; the platform's for the founders', and for whoever makes
    ///   the files.
    package init(_ database: Database, ids: IDSource) {
        self.database = database
        self.ids = ids
    }

    private static let columns: SQL = """
        SELECT e.id, e.list, e.format, e.filter, e.state, e.rows, e.bytes, e.percent, e.created_at, e.created_by, e.ended_at,
               e.expires_at
        FROM exports e
        """

    private static func acting(for tenantID: TenantID?) -> [SQL] { tenantID.map { [.actFor($0)] } ?? [] }

    private static func isOf(_ tenantID: TenantID?) -> SQL { tenantID.map { "tenant_id = \($0)" } ?? "tenant_id IS NULL" }

    /// - Returns: nil when as many are being made as one business may have.
    package func create(
        _ list: ExportList, as format: String, _ filter: String, of tenantID: TenantID?, by source: AuditSource
    ) async throws(DatabaseError) -> ExportID? {
        let id = ExportID(ids.uuid())
        let audit = source.entry(
            "export.ordered", "export \(id)", of: tenantID, id: ids.uuid(), detail: Self.detail(list))
        return try await database.transaction { connection in
            for statement in Self.acting(for: tenantID) { _ = try connection.rows(statement) }
            let made = try connection.rows(
                """
                INSERT INTO exports (tenant_id, id, list, format, filter, created_by, expires_at)
                SELECT \(tenantID as TenantID?), \(id), \(list.rawValue), \(format), \(filter), \(source.actor.name),
                       now() + \(Self.keptFor.microseconds) * interval '1 microsecond'
                WHERE (SELECT count(*) FROM exports WHERE \(Self.isOf(tenantID)) AND state IN ('waiting', 'running'))
                      < \(Self.openMax)
                RETURNING id
                """)
            guard !made.isEmpty else { return nil }
            _ = try connection.execute(audit)
            return id
        }
    }

    private static func detail(_ list: ExportList) -> JSONText {
        var writer = JSONWriter()
        writer.object { $0.field("list", list.rawValue) }
        return JSONText(writer.bytes)
    }

    /// Writes down who takes a file.
    ///
    /// - Parameter id: nil: the list is handed out at once, and nothing else is kept of it.
    package func recordDownload(
        _ list: ExportList, _ id: ExportID?, of tenantID: TenantID?, by source: AuditSource
    ) async throws(DatabaseError) {
        let target = id.map { "export \($0)" } ?? list.rawValue
        let audit = source.entry("export.downloaded", target, of: tenantID, id: ids.uuid(), detail: Self.detail(list))
        _ = try await database.pipeline(Self.acting(for: tenantID) + [audit])
    }

    package func export(_ id: ExportID, of tenantID: TenantID?) async throws(DatabaseError) -> StoredExport? {
        let answers = try await database.pipeline(
            Self.acting(for: tenantID) + ["\(Self.columns) WHERE e.id = \(id) AND \(Self.isOf(tenantID))"])
        return try Connection.decoded { try answers.last?.first.map(StoredExport.init) }
    }

    /// The newest first.
    package func exports(of tenantID: TenantID?) async throws(DatabaseError) -> [StoredExport] {
        let answers = try await database.pipeline(
            Self.acting(for: tenantID)
                + ["\(Self.columns) WHERE \(Self.isOf(tenantID)) ORDER BY e.id DESC LIMIT \(Self.listMax)"])
        return try Connection.decoded { try answers.last?.map(StoredExport.init) ?? [] }
    }

    /// One piece of the file, from 0 on; nil after the last.
    package func part(_ number: Int, of id: ExportID, _ tenantID: TenantID?) async throws(DatabaseError) -> [UInt8]? {
        let part: SQL = """
            SELECT content FROM export_parts
            WHERE export_id = \(id) AND number = \(Int32(clamping: number)) AND \(Self.isOf(tenantID))
            """
        let answers = try await database.pipeline(Self.acting(for: tenantID) + [part])
        return try answers.last?.first?.value("content", as: Bytes.self).bytes
    }

    // MARK: Making them; platform role

    /// Every business, by name: the file of all has one after the other.
    package func businesses() async throws(DatabaseError) -> [TenantID] {
        let rows = try await database.rows("SELECT id FROM tenants ORDER BY name, id")
        return try Connection.decoded { try rows.map { try $0.value("id") } }
    }

    /// When the oldest entry of a list came to be: ids begin with their time. Nil for an empty list.
    package func oldest(in list: ExportList, of tenantID: TenantID) async throws(DatabaseError) -> Timestamp? {
        let rows = try await database.rows(
            "SELECT id FROM \(raw: list.rawValue) WHERE tenant_id = \(tenantID) ORDER BY id LIMIT 1")
        return try Connection.decoded { try rows.first?.value("id", as: UUIDValue.self).instant }
    }

    /// The oldest that nobody is making. What an earlier attempt wrote is thrown away.
    package func claim() async throws(DatabaseError) -> ExportJob? {
        try await database.transaction { connection in
            let rows = try connection.rows(
                """
                UPDATE exports e
                SET state = CASE WHEN e.runs >= \(Self.runsMax) THEN 'failed' ELSE 'running' END, runs = e.runs + 1, rows = 0,
                    bytes = 0, percent = 0, lease_until = now() + \(Self.lease.microseconds) * interval '1 microsecond',
                    ended_at = CASE WHEN e.runs >= \(Self.runsMax) THEN now() END
                WHERE e.id = (
                    SELECT x.id FROM exports x
                    WHERE x.state = 'waiting' OR x.state = 'running' AND x.lease_until < now()
                    ORDER BY x.created_at LIMIT 1 FOR UPDATE SKIP LOCKED)
                RETURNING e.tenant_id, e.id, e.list, e.format, e.filter, e.created_at, e.runs, e.state
                """)
            guard let row = rows.first else { return nil }
            let job = ExportJob(
                tenantID: try row.value("tenant_id"), id: try row.value("id"), list: try ExportList(stored: row),
                format: try row.value("format"), filter: try row.value("filter"), createdAt: try row.value("created_at"),
                run: Int(try row.value("runs", as: Int16.self)))
            _ = try connection.execute("DELETE FROM export_parts WHERE export_id = \(job.id)")
            return try row.value("state", as: String.self) == StoredExport.State.running.rawValue ? job : nil
        }
    }

    /// Tells how far it is, and adds a piece to the file.
    ///
    /// - Returns: false when somebody else was given it meanwhile: nothing was written.
    package func progress(
        of job: ExportJob, rows: Int, percent: Int, part: (number: Int, content: [UInt8])? = nil
    ) async throws(DatabaseError) -> Bool {
        try await database.transaction { connection in
            let kept = try connection.execute(
                """
                UPDATE exports SET rows = \(rows), percent = \(Int16(clamping: percent)),
                       bytes = bytes + \(part?.content.count ?? 0),
                       lease_until = now() + \(Self.lease.microseconds) * interval '1 microsecond'
                WHERE \(Self.held(job))
                """)
            guard kept == 1 else { return false }
            if let part {
                _ = try connection.execute(
                    """
                    INSERT INTO export_parts (tenant_id, export_id, number, content)
                    VALUES (\(job.tenantID as TenantID?), \(job.id), \(Int32(clamping: part.number)), \(Bytes(part.content)))
                    """)
            }
            return true
        }
    }

    package func end(_ job: ExportJob, as state: StoredExport.State) async throws(DatabaseError) {
        _ = try await database.execute(
            "UPDATE exports SET state = \(state.rawValue), ended_at = now(), lease_until = NULL WHERE \(Self.held(job))")
    }

    /// Given back unfinished, to be begun again at once.
    package func giveBack(_ job: ExportJob) async throws(DatabaseError) {
        _ = try await database.execute("UPDATE exports SET lease_until = now() WHERE \(Self.held(job))")
    }

    private static func held(_ job: ExportJob) -> SQL {
        """
        id = \(job.id) AND state = 'running' AND runs = \(Int16(clamping: job.run))
        """
    }

    /// With their files.
    package func forgetExpired() async throws(DatabaseError) {
        _ = try await database.execute("DELETE FROM exports WHERE expires_at < now()")
    }
}
