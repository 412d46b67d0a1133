/// Which statements one connection has prepared. Full means the one used longest ago has to go.
struct StatementCache {
    struct Key: Hashable {
        let text: String
        let typeIDs: [UInt32]
    }

    private struct Entry {
        let name: String
        var usedAt: UInt64
    }

    private var entries: [Key: Entry] = [:]
    private var uses: UInt64 = 0
    private var names: UInt64 = 0
    private let entriesMax: Int

    init(entriesMax: Int = 256) {
        self.entriesMax = entriesMax
    }

    var count: Int { entries.count }

    mutating func name(of key: Key) -> String? {
        uses += 1
        entries[key]?.usedAt = uses
        return entries[key]?.name
    }

    mutating func nextName() -> String {
        names += 1
        return "s\(names)"
    }

    mutating func remember(_ key: Key, as name: String) {
        uses += 1
        entries[key] = Entry(name: name, usedAt: uses)
    }

    /// The names to deallocate on the server to be within the limit again; they are forgotten here.
    mutating func evict() -> [String] {
        var evicted: [String] = []
        while entries.count > entriesMax, let oldest = entries.min(by: { $0.value.usedAt < $1.value.usedAt })
        {
            entries[oldest.key] = nil
            evicted.append(oldest.value.name)
        }
        return evicted
    }

    mutating func removeAll() {
        entries.removeAll()
    }
}
