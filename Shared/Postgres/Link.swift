internal import Clibpq
internal import Glibc

/// Owns a libpq connection: connecting, sending and waiting with deadlines. Not thread-safe.
///
/// libpq runs non-blocking so that every wait is ours and ends: a server that vanished without a word would
/// otherwise hold the thread until TCP gives up.
final class Link {
    private let handle: OpaquePointer
    private var lost = false
    private var inPipeline = false

    enum TransactionState { case idle, open, failed, unknown }

    enum Step {
        case prepare(index: Int, label: String)
        case execute(label: String)
    }

    init(_ settings: DatabaseSettings) throws(DatabaseError) {
        guard let handle = Self.begin(settings) else { throw .connection("out of memory") }
        self.handle = handle
        // From here on a throw runs deinit, which frees the handle.
        try connect(until: .now + settings.connectTimeout)
        PQsetnonblocking(handle, 1)
        // Notices ("relation exists, skipping") are for people at a prompt.
        PQsetNoticeReceiver(handle, { @Sendable _, _ in }, nil)
    }

    deinit { PQfinish(handle) }

    var isUsable: Bool { !lost && PQstatus(handle) == CONNECTION_OK }

    func markLost() { lost = true }

    var transactionState: TransactionState {
        switch PQtransactionStatus(handle) {
        case PQTRANS_IDLE: .idle
        case PQTRANS_INTRANS: .open
        case PQTRANS_INERROR: .failed
        default: .unknown
        }
    }

    /// Whether the server said something on an idle connection, as it does when it ends the session.
    func hasUnexpectedInput() -> Bool {
        guard poll(for: Int16(POLLIN), milliseconds: 0) != .timedOut else { return false }
        if PQconsumeInput(handle) == 0 { lost = true }
        return true
    }

    // MARK: One statement

    func send(within limit: Duration, _ send: (OpaquePointer) -> Int32) throws(DatabaseError) {
        try queue(send)
        try flush(within: limit)
    }

    func queue(_ send: (OpaquePointer) -> Int32) throws(DatabaseError) {
        guard !lost else { throw .connection("the connection is lost") }
        guard send(handle) == 1 else { throw broken() }
    }

    /// All answers up to the end of the command; the last one counts.
    func results(within limit: Duration, naming label: Substring) throws(DatabaseError) -> StatementResult {
        var last = StatementResult(rows: [], affected: 0)
        var failure: DatabaseError?
        while let result = try next(within: limit) {
            switch read(result, label: label) {
            case .success(let answer): last = answer
            case .failure(let error): failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return last
    }

    // MARK: Pipeline

    func enterPipeline() throws(DatabaseError) {
        guard !lost, PQenterPipelineMode(handle) == 1 else { throw broken() }
        inPipeline = true
    }

    /// Reads every step's answer and leaves pipeline mode. The first error is thrown; the steps after it
    /// were skipped.
    func pipelineResults(
        _ steps: [Step],
        within limit: Duration,
        onPrepared: (Int) -> Void
    ) throws(DatabaseError) -> [StatementResult] {
        try flush(within: limit)
        var answers: [StatementResult] = []
        var failure: DatabaseError?
        for step in steps {
            while let result = try next(within: limit) {
                if PQresultStatus(result) == PGRES_PIPELINE_ABORTED {
                    PQclear(result)
                    continue
                }
                switch (step, read(result, label: step.label[...])) {
                case (_, .failure(let error)): failure = failure ?? error
                case (.prepare(let index, _), .success): onPrepared(index)
                case (.execute, .success(let answer)): answers.append(answer)
                }
            }
        }
        guard let sync = try next(within: limit) else { throw lose("the pipeline lost its order") }
        let status = PQresultStatus(sync)
        PQclear(sync)
        guard status == PGRES_PIPELINE_SYNC, PQexitPipelineMode(handle) == 1 else {
            throw failure ?? lose("the pipeline lost its order")
        }
        inPipeline = false
        if let failure { throw failure }
        return answers
    }

    // MARK: Notifications

    /// Waits for the server to say something, or for `wakeUp` (a descriptor) to become readable.
    func waitForInput(orWakeUp descriptor: Int32) throws(DatabaseError) {
        var descriptors = [
            pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0),
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
        ]
        guard Glibc.poll(&descriptors, 2, -1) >= 0 || errno == EINTR else { throw lose("poll failed") }
        if descriptors[0].revents != 0, PQconsumeInput(handle) == 0 { throw broken() }
    }

    func notifications() -> [String] {
        var payloads: [String] = []
        while let notification = PQnotifies(handle) {
            payloads.append(String(cString: notification.pointee.extra))
            PQfreemem(notification)
        }
        return payloads
    }

    // MARK: Waiting

    private func flush(within limit: Duration) throws(DatabaseError) {
        var deadline = ContinuousClock.now + limit
        while true {
            switch PQflush(handle) {
            case 0: return
            case 1: break
            default: throw broken()
            }
            // The server may have to get rid of answers before it takes more from us.
            switch poll(for: Int16(POLLIN | POLLOUT), milliseconds: (deadline - .now).wholeMilliseconds) {
            case .timedOut: throw lose("the server took no more data in time")
            case .writable: deadline = .now + limit
            case .readable:
                guard PQconsumeInput(handle) == 1 else { throw broken() }
            }
        }
    }

    private func next(within limit: Duration) throws(DatabaseError) -> OpaquePointer? {
        let deadline = ContinuousClock.now + limit
        while PQisBusy(handle) == 1 {
            switch poll(for: Int16(POLLIN), milliseconds: (deadline - .now).wholeMilliseconds) {
            case .timedOut: throw lose("no answer in time")
            case .readable, .writable:
                guard PQconsumeInput(handle) == 1 else { throw broken() }
            }
        }
        return PQgetResult(handle)
    }

    private enum Readiness { case readable, writable, timedOut }

    private func poll(for events: Int16, milliseconds: Int) -> Readiness {
        var descriptor = pollfd(fd: PQsocket(handle), events: events, revents: 0)
        let deadline = ContinuousClock.now + .milliseconds(milliseconds)
        while true {
            let left = max(0, (deadline - .now).wholeMilliseconds)
            let ready = Glibc.poll(&descriptor, 1, Int32(clamping: left))
            if ready > 0 {
                return descriptor.revents & Int16(POLLIN | POLLERR | POLLHUP) != 0 ? .readable : .writable
            }
            if ready == 0 || errno != EINTR { return .timedOut }
        }
    }

    // MARK: Errors

    private func broken() -> DatabaseError {
        lose(Self.firstLine(PQerrorMessage(handle)))
    }

    private func lose(_ text: String) -> DatabaseError {
        lost = true
        return .connection(text)
    }

    private func read(_ result: OpaquePointer, label: Substring) -> Result<StatementResult, DatabaseError> {
        let status = PQresultStatus(result)
        if status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK {
            let table = ResultTable(takingOwnershipOf: result)
            return .success(StatementResult(rows: table.rows, affected: table.affected))
        }
        defer { PQclear(result) }
        if status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH {
            // Nobody here speaks COPY, and the connection would wait for its data for ever.
            lost = true
            return .failure(.server(sqlState: "0A000", message: "COPY is not supported"))
        }
        // PG_DIAG_… are character literals in C, which Swift does not import.
        func field(_ code: Unicode.Scalar) -> String {
            PQresultErrorField(result, Int32(code.value)).map { String(cString: $0) } ?? ""
        }
        let sqlState = field("C")
        guard !sqlState.isEmpty else {
            // No code: the message is libpq's own, and it is about the connection.
            return .failure(lose(Self.firstLine(PQresultErrorMessage(result))))
        }
        let error = DatabaseError.reported(
            sqlState: sqlState,
            message: field("M"),
            constraint: field("n"),
            column: field("t") + "." + field("c"),
            statement: label.isEmpty ? "" : " in: \(label)"
        )
        if case .connection = error { lost = true }
        return .failure(error)
    }

    /// libpq adds hints and addresses in further lines.
    private static func firstLine(_ text: UnsafePointer<CChar>?) -> String {
        let whole = text.map { String(cString: $0) } ?? ""
        return whole.split(separator: "\n").first.map(String.init) ?? "no reason given"
    }

    // MARK: Connecting

    private static func begin(_ settings: DatabaseSettings) -> OpaquePointer? {
        // Later entries win: what the URL says about these does not count.
        let options = [
            ("dbname", settings.url),
            ("application_name", settings.applicationName),
            ("client_encoding", "UTF8"),
            ("keepalives_idle", "30"),
            ("keepalives_interval", "10"),
            ("keepalives_count", "3"),
            ("tcp_user_timeout", "15000"),
        ]
        let keywords = options.map { strdup($0.0) }
        let values = options.map { strdup($0.1) }
        defer { (keywords + values).forEach { free($0) } }
        return PQconnectStartParams(
            keywords.map { UnsafePointer($0) } + [nil],
            values.map { UnsafePointer($0) } + [nil],
            1
        )
    }

    private func connect(until deadline: ContinuousClock.Instant) throws(DatabaseError) {
        guard PQstatus(handle) != CONNECTION_BAD else { throw broken() }
        var state = PGRES_POLLING_WRITING
        while true {
            let events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT
            if poll(for: Int16(events), milliseconds: (deadline - .now).wholeMilliseconds) == .timedOut {
                throw lose("no connection in time")
            }
            state = PQconnectPoll(handle)
            if state == PGRES_POLLING_OK { return }
            if state == PGRES_POLLING_FAILED {
                throw errorText(contains: "sorry, too many clients") ? .tooManyConnections : broken()
            }
        }
    }

    /// While connecting libpq offers no SQLSTATE, only the text.
    private func errorText(contains words: String) -> Bool {
        String(cString: PQerrorMessage(handle)).contains(words)
    }
}

extension Link.Step {
    var label: String {
        switch self {
        case .prepare(_, let label), .execute(let label): label
        }
    }
}

extension Duration {
    /// Rounded up, so that a short wait is not an endless series of none.
    var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        return Int(seconds) * 1_000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
