import Models
import Storage

/// A list of messages in portions, from the newest on, however long it is.
struct MessagePortions: AsyncSequence, Sendable {
    struct Portion: Sendable {
        let rows: [LogRow]
        let rowsSoFar: Int
        /// How far the reading has come; nil at the end.
        let reached: MessageID?
    }

    let logs: LogPageStore
    let tenantID: TenantID
    let filter: Result<LogFilter, any Error>
    let portionRows: Int
    let rowsMax: Int

    func makeAsyncIterator() -> Iterator { Iterator(list: self) }

    struct Iterator: AsyncIteratorProtocol {
        let list: MessagePortions
        private var place: LogPlace? = .newest
        private var count = 0

        fileprivate init(list: MessagePortions) {
            self.list = list
        }

        mutating func next() async throws -> Portion? {
            guard let place, count < list.rowsMax else { return nil }
            let page = try await list.logs.portion(
                of: list.tenantID, try list.filter.get(), at: place, max: Swift.min(list.portionRows, list.rowsMax - count))
            self.place = page.olderThan.map { .olderThan($0) }
            count += page.rows.count
            return Portion(rows: page.rows, rowsSoFar: count, reached: page.olderThan)
        }
    }
}
