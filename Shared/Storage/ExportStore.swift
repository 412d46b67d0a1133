package import Models
package import Postgres
package import Runtime

/// A list as a file, ordered by somebody and made in the background.
package struct StoredExport: Sendable {
    package enum State: String, Sendable, CaseIterable {
        case waiting, running, ready, failed
    }

    package let id: ExportID
    package let format: String
    /// As the address of the list has it.
    package let filter: String
    package let state: State
    package let rows: Int64
    package let bytes: Int64
    /// Up to which message it has come, from the newest on.
    package let reached: MessageID?
    /// The oldest message there is: where it ends at the latest.
    package let oldest: MessageID?
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
        format = try row.value("format")
        filter = try row.value("filter")
        rows = try row.value("rows")
        bytes = try row.value("bytes")
        reached = try row.value("reached")
        oldest = try row.value("oldest")
        createdAt = try row.value("created_at")
        createdBy = try row.value("created_by")
        endedAt = try row.value("ended_at")
        expiresAt = try row.value("expires_at")
    }
}

/// An export in somebody's hands: good for writing as long as nobody else was given it.
package struct ExportJob: Sendable {
    package let tenantID: TenantID
    package let id: ExportID
    package let format: String
    package let filter: String
    package let createdAt: Timestamp
    /// How often it was begun, this time included.
    package let run: Int
}

/// Exports and their files, which lie in the database: any copy of monitor can make one and hand it out.
package struct ExportStore: Sendable {
    /// Of one business at a time.
    package static let openMax = 3
    package static let listMax = 50
    package static let runsMax = 3
    package static let keptFor = Duration.seconds(24 * 3_600)
    /// Without a word for this long, whoever made it is gone.
    package static let lease = Duration.seconds(60)

    private let database: Database
    private let ids: IDSource

    /// - Parameter database: the service's role for a tenant's own; the platform's for whoever makes the files.
    package init(_ database: Database, ids: IDSource) {
        self.database = database
        self.ids = ids
    }

    private static func columns(of tenantID: TenantID) -> SQL {
        """
        SELECT e.id, e.format, e.filter, e.state, e.rows, e.bytes, e.reached, e.created_at, e.created_by, e.ended_at,
               e.expires_at,
               (SELECT m.id FROM messages m WHERE m.tenant_id = \(tenantID) ORDER BY m.id LIMIT 1) AS oldest
        FROM exports e
        """
    }

    /// - Returns: nil when as many are being made as one business may have.
    package func create(
        _ format: String, _ filter: String, of tenantID: TenantID, by source: AuditSource
    ) async throws(DatabaseError) -> ExportID? {
        let id = ExportID(ids.uuid())
        let audit = source.entry("export.ordered", "export \(id)", of: tenantID, id: ids.uuid())
        return try await database.transaction { connection in
            _ = try connection.rows(.actFor(tenantID))
            let made = try connection.rows(
                """
                INSERT INTO exports (tenant_id, id, format, filter, created_by, expires_at)
                SELECT \(tenantID), \(id), \(format), \(filter), \(source.actor.name),
                       now() + \(Self.keptFor.microseconds) * interval '1 microsecond'
                WHERE (SELECT count(*) FROM exports WHERE tenant_id = \(tenantID) AND state IN ('waiting', 'running'))
                      < \(Self.openMax)
                RETURNING id
                """)
            guard !made.isEmpty else { return nil }
            _ = try connection.execute(audit)
            return id
        }
    }

    /// A list that was handed out at once: nothing is kept of it but who took it.
    package func recordDownload(_ list: String, of tenantID: TenantID, by source: AuditSource) async throws(DatabaseError) {
        _ = try await database.pipeline([
            .actFor(tenantID), source.entry("export.downloaded", list, of: tenantID, id: ids.uuid()),
        ])
    }

    package func export(_ id: ExportID, of tenantID: TenantID) async throws(DatabaseError) -> StoredExport? {
        let answers = try await database.pipeline([
            .actFor(tenantID), "\(Self.columns(of: tenantID)) WHERE e.tenant_id = \(tenantID) AND e.id = \(id)",
        ])
        return try Connection.decoded { try answers.last?.first.map(StoredExport.init) }
    }

    /// The newest first.
    package func exports(of tenantID: TenantID) async throws(DatabaseError) -> [StoredExport] {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            \(Self.columns(of: tenantID)) WHERE e.tenant_id = \(tenantID) ORDER BY e.id DESC LIMIT \(Self.listMax)
            """,
        ])
        return try Connection.decoded { try answers.last?.map(StoredExport.init) ?? [] }
    }

    /// One piece of the file, from 0 on; nil after the last.
    package func part(_ number: Int, of id: ExportID, _ tenantID: TenantID) async throws(DatabaseError) -> [UInt8]? {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT content FROM export_parts
            WHERE tenant_id = \(tenantID) AND export_id = \(id) AND number = \(Int32(clamping: number))
            """,
        ])
        return try answers.last?.first?.value("content", as: Bytes.self).bytes
    }

    // MARK: Making them; platform role

    /// The oldest that nobody is making. What an earlier attempt wrote is thrown away.
    package func claim() async throws(DatabaseError) -> ExportJob? {
        try await database.transaction { connection in
            let rows = try connection.rows(
                """
                UPDATE exports e
                SET state = CASE WHEN e.runs >= \(Self.runsMax) THEN 'failed' ELSE 'running' END, runs = e.runs + 1, rows = 0,
                    bytes = 0, reached = NULL, lease_until = now() + \(Self.lease.microseconds) * interval '1 microsecond',
                    ended_at = CASE WHEN e.runs >= \(Self.runsMax) THEN now() END
                WHERE (e.tenant_id, e.id) = (
                    SELECT x.tenant_id, x.id FROM exports x
                    WHERE x.state = 'waiting' OR x.state = 'running' AND x.lease_until < now()
                    ORDER BY x.created_at LIMIT 1 FOR UPDATE SKIP LOCKED)
                RETURNING e.tenant_id, e.id, e.format, e.filter, e.created_at, e.runs, e.state
                """)
            guard let row = rows.first else { return nil }
            let job = ExportJob(
                tenantID: try row.value("tenant_id"), id: try row.value("id"), format: try row.value("format"),
                filter: try row.value("filter"), createdAt: try row.value("created_at"),
                run: Int(try row.value("runs", as: Int16.self)))
            _ = try connection.execute(
                "DELETE FROM export_parts WHERE tenant_id = \(job.tenantID) AND export_id = \(job.id)")
            return try row.value("state", as: String.self) == StoredExport.State.running.rawValue ? job : nil
        }
    }

    /// Tells how far it is, and adds a piece to the file.
    ///
    /// - Returns: false when somebody else was given it meanwhile: nothing was written.
    package func progress(
        of job: ExportJob, rows: Int, reached: MessageID?, part: (number: Int, content: [UInt8])? = nil
    ) async throws(DatabaseError) -> Bool {
        try await database.transaction { connection in
            let kept = try connection.execute(
                """
                UPDATE exports SET rows = \(rows), reached = coalesce(\(reached as MessageID?), reached),
                       bytes = bytes + \(part?.content.count ?? 0),
                       lease_until = now() + \(Self.lease.microseconds) * interval '1 microsecond'
                WHERE \(Self.held(job))
                """)
            guard kept == 1 else { return false }
            if let part {
                _ = try connection.execute(
                    """
                    INSERT INTO export_parts (tenant_id, export_id, number, content)
                    VALUES (\(job.tenantID), \(job.id), \(Int32(clamping: part.number)), \(Bytes(part.content)))
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
        tenant_id = \(job.tenantID) AND id = \(job.id) AND state = 'running' AND runs = \(Int16(clamping: job.run))
        """
    }

    /// With their files.
    package func forgetExpired() async throws(DatabaseError) {
        _ = try await database.execute("DELETE FROM exports WHERE expires_at < now()")
    }
}
