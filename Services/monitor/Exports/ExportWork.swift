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
    let lists: ExportLists
    /// For files that are being written.
    let directory: String
    /// Tells open pages of a business that something changed.
    let note: @Sendable (TenantID) -> Void

    /// - Returns: whether there may be another.
    func run() async throws -> Bool {
        try await exports.forgetExpired()
        guard let job = try await exports.claim() else { return false }
        defer { tell(job) }
        do {
            try await make(job)
            try await exports.end(job, as: .ready)
        } catch is Overtaken {
            Log.warning("an export was begun again elsewhere", ["tenant": Self.whose(job), "export": "\(job.id)"])
        } catch is CancellationError {
            try await exports.giveBack(job)
            throw CancellationError()
        } catch {
            Log.error(
                "an export could not be made",
                ["tenant": Self.whose(job), "export": "\(job.id)", "run": "\(job.run)", "reason": "\(error)"])
            if job.run >= ExportStore.runsMax { try await exports.end(job, as: .failed) } else { try await exports.giveBack(job) }
        }
        return true
    }

    private static func whose(_ job: ExportJob) -> String { job.tenantID?.description ?? "all" }

    private func make(_ job: ExportJob) async throws {
        let source = try await lists.source(job.list, job.filter, of: job.tenantID, at: job.createdAt)
        switch TableFormat(rawValue: job.format) {
        case .csv: try await makeCSV(job, source)
        case .xlsx: try await makeWorkbook(job, source)
        case nil: throw DatabaseError.decoding("a format of an export that this program does not know")
        }
    }

    private func makeCSV(_ job: ExportJob, _ source: TableSource) async throws {
        var table = CSVTable(source.columns)
        var gauge = Gauge(job: job, source: source)
        var (rows, percent, parts) = (0, 0, 0)
        func flush(isLast: Bool) async throws {
            let isFull = table.bytesCount >= Self.partBytes
            let part = isFull || isLast ? (number: parts, content: table.take()) : nil
            if part != nil { parts += 1 }
            try await record(job, rows, percent, part)
        }
        for try await portion in portions(of: source) {
            for row in portion.rows { table.append(row) }
            rows = portion.rowsSoFar
            percent = try await gauge.percent(portion, exports)
            try await flush(isLast: false)
        }
        try await flush(isLast: true)
    }

    private func makeWorkbook(_ job: ExportJob, _ source: TableSource) async throws {
        let file = try WorkbookFile(source.columns, directory: directory)
        var gauge = Gauge(job: job, source: source)
        var (rows, percent) = (0, 0)
        for try await portion in portions(of: source) {
            try await file.append(portion.rows)
            rows = portion.rowsSoFar
            percent = try await gauge.percent(portion, exports)
            try await record(job, rows, percent)
        }
        try await file.finish()
        var parts = 0
        while true {
            let bytes = try await file.read(max: Self.partBytes)
            if bytes.isEmpty { return }
            try await record(job, rows, percent, (number: parts, content: bytes))
            parts += 1
        }
    }

    private func record(
        _ job: ExportJob, _ rows: Int, _ percent: Int, _ part: (number: Int, content: [UInt8])? = nil
    ) async throws {
        try Task.checkCancellation()
        guard try await exports.progress(of: job, rows: rows, percent: percent, part: part) else { throw Overtaken() }
        tell(job)
    }

    /// Founders' open pages ask by themselves.
    private func tell(_ job: ExportJob) {
        if let tenantID = job.tenantID { note(tenantID) }
    }

    private func portions(of source: TableSource) -> TablePortions {
        TablePortions(source: source, portionRows: Self.portionRows, rowsMax: Self.rowsMax)
    }
}

/// How far the reading of a list has come: by time, between the order and the oldest entry; nobody counts beforehand.
private struct Gauge {
    let job: ExportJob
    let source: TableSource
    private var oldest: (part: Int, at: Timestamp?)?

    init(job: ExportJob, source: TableSource) {
        self.job = job
        self.source = source
    }

    /// Of 100, and never all of them: the file is not there yet.
    mutating func percent(_ portion: TablePortions.Portion, _ exports: ExportStore) async throws -> Int {
        guard let reached = portion.reached else { return min(99, (portion.part + 1) * 100 / source.parts.count) }
        if oldest?.part != portion.part {
            oldest = (portion.part, try await exports.oldest(in: source.list, of: source.parts[portion.part].tenantID))
        }
        let end = max(oldest?.at ?? reached, source.from ?? Timestamp(microseconds: 0))
        let whole = max(1, job.createdAt.microseconds - end.microseconds)
        let share = Int(min(100, max(0, (job.createdAt.microseconds - reached.microseconds) * 100 / whole)))
        return min(99, (portion.part * 100 + share) / source.parts.count)
    }
}
