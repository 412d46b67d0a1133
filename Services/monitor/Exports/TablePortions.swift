import Models
import Spreadsheet
import Storage

/// A list as a table: its columns, and how its rows are read, from the newest on.
struct TableSource: Sendable {
    /// - Parameter after: the last entry that was read; nil: from the newest on.
    /// - Returns: rows, and where the reading goes on; nil at the end.
    typealias Read = @Sendable (_ after: UUIDValue?, _ max: Int) async throws -> (rows: [[Cell]], next: UUIDValue?)

    /// What one business has of it; the founders' list has one after the other.
    struct Part: Sendable {
        let tenantID: TenantID
        let read: Read
    }

    let list: ExportList
    let columns: [Column]
    let parts: [Part]
    /// Nothing older is read.
    var from: Timestamp?
}

/// The rows of a list in portions, however long it is.
struct TablePortions: AsyncSequence, Sendable {
    struct Portion: Sendable {
        let rows: [[Cell]]
        let rowsSoFar: Int
        /// Of the source's parts.
        let part: Int
        /// How far the reading of this part has come; nil at its end.
        let reached: Timestamp?
    }

    let source: TableSource
    let portionRows: Int
    let rowsMax: Int

    func makeAsyncIterator() -> Iterator { Iterator(list: self) }

    struct Iterator: AsyncIteratorProtocol {
        let list: TablePortions
        private var part = 0
        private var place: UUIDValue?
        private var count = 0

        fileprivate init(list: TablePortions) {
            self.list = list
        }

        mutating func next() async throws -> Portion? {
            guard part < list.source.parts.count, count < list.rowsMax else { return nil }
            let read = try await list.source.parts[part].read(place, Swift.min(list.portionRows, list.rowsMax - count))
            count += read.rows.count
            let portion = Portion(rows: read.rows, rowsSoFar: count, part: part, reached: read.next?.instant)
            place = read.next
            if read.next == nil { part += 1 }
            return portion
        }
    }
}
