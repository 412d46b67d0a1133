internal import Glibc
internal import Runtime
internal import Synchronization

/// A workbook in a temporary file, for whoever may not block: each call works on a thread of its own, one after the other.
package actor WorkbookFile {
    private let path: String
    private let state: State

    /// Safety: only one call at a time works on it, because the actor waits for each before it begins the next.
    private final class State: @unchecked Sendable {
        var book: Workbook?
        var descriptor: Int32 = -1
    }

    private var isBusy = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// - Parameter directory: in which the file lives as long as this does.
    package init(_ columns: [Column], directory: String) throws(SpreadsheetError) {
        path = "\(directory)/tidings-export-\(IDSource().uuid()).xlsx"
        state = State()
        state.book = try Workbook(columns, at: path, directory: directory)
    }

    deinit {
        state.book = nil
        if state.descriptor >= 0 { close(state.descriptor) }
        unlink(path)
    }

    package func append(_ rows: [[Cell]]) async throws(SpreadsheetError) {
        try await work { state, _ throws(SpreadsheetError) in
            for row in rows { try state.book?.append(row) }
        }
    }

    /// No row can be added any more; the file can be read.
    package func finish() async throws(SpreadsheetError) {
        try await work { state, path throws(SpreadsheetError) in
            try state.book?.close()
            state.book = nil
            state.descriptor = open(path, O_RDONLY | O_CLOEXEC)
            if state.descriptor < 0 { throw SpreadsheetError.failed("the file cannot be read") }
        }
    }

    /// The next bytes of the finished file; empty at its end.
    package func read(max: Int) async throws(SpreadsheetError) -> [UInt8] {
        let piece = Piece()
        try await work { state, _ throws(SpreadsheetError) in
            var bytes = [UInt8](repeating: 0, count: max)
            let count = Glibc.read(state.descriptor, &bytes, max)
            guard count >= 0 else { throw SpreadsheetError.failed("the file cannot be read") }
            piece.bytes.withLock { $0 = Array(bytes[..<count]) }
        }
        return piece.bytes.withLock { $0 }
    }

    private final class Piece: Sendable {
        let bytes = Mutex<[UInt8]>([])
    }

    private final class Outcome: Sendable {
        let error = Mutex<SpreadsheetError?>(nil)
    }

    private func work(
        _ body: @escaping @Sendable (State, String) throws(SpreadsheetError) -> Void
    ) async throws(SpreadsheetError) {
        // An actor lets others in while it waits; a workbook does not.
        while isBusy { await withCheckedContinuation { waiting.append($0) } }
        isBusy = true
        let (state, path, outcome) = (state, path, Outcome())
        let thread = WorkerThread(name: "spreadsheet") {
            do throws(SpreadsheetError) {
                try body(state, path)
            } catch {
                outcome.error.withLock { $0 = error }
            }
        }
        await thread.ended()
        isBusy = false
        if !waiting.isEmpty { waiting.removeFirst().resume() }
        if let error = outcome.error.withLock({ $0 }) { throw error }
    }
}
