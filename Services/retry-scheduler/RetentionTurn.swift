import Compression
import Models
import Runtime
import Storage

/// Age at work: day after day of each tenant is made unreadable, archived and removed when its time has come.
struct RetentionTurn: Sendable {
    static let pageMax = 500
    /// Of one archive file, before it is compressed.
    static let fileBytesMax = 8 << 20

    let store: RetentionStore
    /// Nil: there is none, and what is to be archived stays.
    let archive: (any Archive)?
    /// The platform's own bound; nil: none.
    let daysMax: Int?
    let isStopping: @Sendable () -> Bool

    /// - Returns: false: what is left, the next turn does.
    func run() async throws -> Bool {
        try await redactDays()
        try await removeDays()
        return false
    }

    // MARK: Redaction

    private func redactDays() async throws {
        var last: TenantDay?
        while !isStopping() {
            let due = try await store.daysToRedact(after: last, max: Self.pageMax)
            for day in due {
                while !isStopping(), try await store.redact(day.of) > 0 {}
            }
            guard due.count == Self.pageMax else { return }
            last = due.last?.of
        }
    }

    // MARK: Removal

    private func removeDays() async throws {
        var last: TenantDay?
        var ready: [TenantDay] = []
        while !isStopping() {
            let due = try await store.daysToRemove(daysMax: daysMax, after: last, max: Self.pageMax)
            for day in due where try await isArchived(day) { ready.append(day.of) }
            guard due.count == Self.pageMax else { break }
            last = due.last?.of
        }
        for (day, days) in Dictionary(grouping: ready, by: \.day).sorted(by: { $0.key < $1.key }) {
            if isStopping() { return }
            if try await drop(day, days.map(\.tenantID)) { continue }
            for one in days { try await remove(one) }
        }
        await dropWhatIsEmpty()
    }

    /// Everything at once, where nobody keeps anything of that day.
    private func drop(_ day: Timestamp, _ owners: [TenantID]) async throws -> Bool {
        guard try await store.mayDrop(day, owners: Set(owners)) else { return false }
        do {
            let messages = try await store.drop(day, owners: owners)
            Log.info("a day was dropped", ["day": String(day.rfc3339.prefix(10)), "messages": "\(messages)"])
            return true
        } catch {
            // Somebody held a table: row by row then, and its partitions another time.
            Log.info("a day could not be dropped at once", ["reason": "\(error)"])
            return false
        }
    }

    private func remove(_ day: TenantDay) async throws {
        while !isStopping() {
            switch try await store.remove(day) {
            case .more: continue
            case .unsettled: return
            case .done(let messages):
                if messages > 0 {
                    Log.info(
                        "a day of a tenant was removed",
                        ["tenant": "\(day.tenantID)", "day": day.name, "messages": "\(messages)"])
                }
                return
            }
        }
    }

    /// Partitions of days of which nothing is left.
    private func dropWhatIsEmpty() async {
        do {
            for day in try await store.oldDays() {
                if isStopping() { return }
                if try await store.mayDrop(day, owners: []) { _ = try await store.drop(day, owners: []) }
            }
        } catch {
            Log.info("empty partitions stay for now", ["reason": "\(error)"])
        }
    }

    // MARK: Archive

    /// - Returns: whether the day may be removed as far as the archive is concerned.
    private func isArchived(_ day: DueDay) async throws -> Bool {
        guard day.needsArchive else { return true }
        guard let archive else {
            Log.warning(
                "data stay longer than their tenant wants: ARCHIVE_URL is not set",
                ["tenant": "\(day.of.tenantID)", "day": day.of.name])
            return false
        }
        do {
            let files = try await write(day.of, to: archive)
            try await store.noteArchived(day.of, place: archive.place, files: files)
            return true
        } catch let failure as ArchiveFailure {
            Log.warning(
                "a day could not be archived",
                ["tenant": "\(day.of.tenantID)", "day": day.of.name, "reason": failure.description])
            return false
        }
    }

    /// - Returns: how many files were written.
    private func write(_ day: TenantDay, to archive: any Archive) async throws -> Int {
        let folder = "\(day.tenantID)/\(day.name)"
        let messages = try await write("\(folder)/messages", to: archive) { after in
            try await store.messagesToArchive(day, after: after)
        }
        let inbound = try await write("\(folder)/inbound", to: archive) { after in
            try await store.inboundToArchive(day, after: after)
        }
        return messages + inbound
    }

    private func write(
        _ name: String, to archive: any Archive, page: (UUIDValue?) async throws -> RetentionStore.ArchivePage
    ) async throws -> Int {
        var files = 0
        var text: [UInt8] = []
        var last: UUIDValue?
        func flush() async throws {
            if text.isEmpty { return }
            files += 1
            let digits = String(files)
            let number = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
            try await archive.put("\(name)-\(number).jsonl.gz", try Gzip.compress(text))
            text = []
        }
        while true {
            let next = try await page(last)
            for line in next.lines {
                text.append(contentsOf: line.utf8)
                text.append(UInt8(ascii: "\n"))
            }
            if text.count >= Self.fileBytesMax { try await flush() }
            guard let end = next.last else { break }
            last = end
        }
        try await flush()
        return files
    }
}
