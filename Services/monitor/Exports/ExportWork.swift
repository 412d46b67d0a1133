import Models
import Postgres
import Runtime
import Spreadsheet
import Storage

/// Makes the files that people ordered, one after the other: read from the database in portions, written to it in pieces.
struct ExportWork: Sendable {
    /// What one sheet holds; whoever wants more narrows the list.
    static let rowsMax = Workbook.rowsMax
    static let portionRows = 2_000
    static let partBytes = 1 << 20

    /// Somebody else was given the export meanwhile.
    private struct Overtaken: Error {}

    let exports: ExportStore
    let logs: LogPageStore
    /// For files that are being written.
    let directory: String
    /// Tells open pages of a business that something changed.
    let note: @Sendable (TenantID) -> Void

    /// - Returns: whether there may be another.
    func run() async throws -> Bool {
        try await exports.forgetExpired()
        guard let job = try await exports.claim() else { return false }
        defer { note(job.tenantID) }
        do {
            try await make(job)
            try await exports.end(job, as: .ready)
        } catch is Overtaken {
            Log.warning("an export was begun again elsewhere", ["tenant": "\(job.tenantID)", "export": "\(job.id)"])
        } catch is CancellationError {
            try await exports.giveBack(job)
            throw CancellationError()
        } catch {
            Log.error(
                "an export could not be made",
                ["tenant": "\(job.tenantID)", "export": "\(job.id)", "run": "\(job.run)", "reason": "\(error)"])
            if job.run >= ExportStore.runsMax { try await exports.end(job, as: .failed) } else { try await exports.giveBack(job) }
        }
        return true
    }

    private func make(_ job: ExportJob) async throws {
        switch TableFormat(rawValue: job.format) {
        case .csv: try await makeCSV(job)
        case .xlsx: try await makeWorkbook(job)
        case nil: throw DatabaseError.decoding("a format of an export that this program does not know")
        }
    }

    private func makeCSV(_ job: ExportJob) async throws {
        var table = CSVTable(MessageTable.columns)
        var parts = 0
        func flush(_ progress: (rows: Int, reached: MessageID?), isLast: Bool) async throws {
            let isFull = table.bytesCount >= Self.partBytes
            let part = isFull || isLast ? (number: parts, content: table.take()) : nil
            if part != nil { parts += 1 }
            try await tell(job, progress.rows, progress.reached, part)
        }
        var last: (rows: Int, reached: MessageID?) = (0, nil)
        for try await portion in portions(of: job) {
            for row in portion.rows { table.append(MessageTable.cells(row)) }
            last = (portion.rowsSoFar, portion.reached)
            try await flush(last, isLast: false)
        }
        try await flush(last, isLast: true)
    }

    private func makeWorkbook(_ job: ExportJob) async throws {
        let file = try WorkbookFile(MessageTable.columns, directory: directory)
        var rows = 0
        for try await portion in portions(of: job) {
            try await file.append(portion.rows.map(MessageTable.cells))
            rows = portion.rowsSoFar
            try await tell(job, rows, portion.reached)
        }
        try await file.finish()
        var parts = 0
        while true {
            let bytes = try await file.read(max: Self.partBytes)
            if bytes.isEmpty { return }
            try await tell(job, rows, nil, (number: parts, content: bytes))
            parts += 1
        }
    }

    private func tell(
        _ job: ExportJob, _ rows: Int, _ reached: MessageID?, _ part: (number: Int, content: [UInt8])? = nil
    ) async throws {
        try Task.checkCancellation()
        guard try await exports.progress(of: job, rows: rows, reached: reached, part: part) else { throw Overtaken() }
        note(job.tenantID)
    }

    private func portions(of job: ExportJob) -> MessagePortions {
        // Only what was there when it was ordered: new messages would move the end away.
        let filter = Result { () throws -> LogFilter in
            let fields = FormText.fields(Array(job.filter.utf8)) ?? [:]
            var filter = try LogQuery { fields[$0] }.filter
            filter.to = min(filter.to ?? job.createdAt, job.createdAt)
            return filter
        }
        return MessagePortions(
            logs: logs, tenantID: job.tenantID, filter: filter, portionRows: Self.portionRows, rowsMax: Self.rowsMax)
    }
}
