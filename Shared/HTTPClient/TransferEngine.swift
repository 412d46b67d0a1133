internal import Ccurl
internal import Glibc
internal import Synchronization

/// libcurl's multi handle and its epoll, on the loop's thread only.
///
/// Idle kept-alive sockets stay registered for reading: taking them out and in again would cost two system
/// calls for every request. The close callback clears their entry before the socket is closed.
final class TransferEngine {
    private struct Registration {
        /// What epoll has.
        var registered: UInt32 = 0
        /// What libcurl wants to know; 0 while the connection is idle.
        var wanted: UInt32 = 0
        /// Opened by our own callback, so that we also hear of its closing. libcurl's inner sockets (of its
        /// resolver) are closed behind our back and must be taken out at once.
        var isOurs = false
    }

    private static let eventsPerTurnMax = 256
    private static let waitMax: Int32 = 1000
    /// Milliseconds.
    private static let overdueCheckInterval: Int32 = 100
    private static let idleTransfersMax = 1024

    let settings: HTTPClientSettings
    private let loop: TransferLoop
    private let multi: UnsafeMutableRawPointer?
    private let poll: Int32
    private let wakeUp: Int32
    private let events: UnsafeMutablePointer<epoll_event>
    private var eventCount = 0
    private var registrations: [Registration] = []
    private var deadline: MonotonicInstant?
    private var nextOverdueCheck = MonotonicInstant.now()
    private var idle: [Transfer] = []
    private var active: [ObjectIdentifier: Job] = [:]

    init(_ loop: TransferLoop, wakeUp: Int32) {
        self.loop = loop
        self.wakeUp = wakeUp
        settings = loop.settings
        multi = curl_multi_init()
        poll = epoll_create1(Int32(EPOLL_CLOEXEC))
        events = .allocate(capacity: Self.eventsPerTurnMax)
        change(wakeUp, EPOLL_CTL_ADD, EPOLLIN.rawValue)
        guard let multi else { return }
        let context = Unmanaged.passUnretained(self).toOpaque()
        ccurl_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, context)
        ccurl_multi_set_pointer(multi, CURLMOPT_TIMERDATA, context)
        ccurl_multi_set_socket(multi, EngineCallbacks.socketChanged)
        ccurl_multi_set_timer(multi, EngineCallbacks.timerChanged)
        ccurl_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, settings.connectionsMax)
        ccurl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, settings.connectionsPerHostMax)
        // libcurl's own default keeps so few idle connections that a busy client reconnects all the time.
        ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, settings.connectionsMax + 8)
    }

    /// After `endAll`. The callbacks still come while libcurl closes its idle connections.
    func close() {
        idle.removeAll()
        if let multi { curl_multi_cleanup(multi) }
        Glibc.close(poll)
        events.deallocate()
    }

    // MARK: Jobs

    func begin(_ job: Job) {
        guard !job.isCancelled.load(ordering: .sequentiallyConsistent) else {
            return finish(job, Self.failed(.cancelled, .nothing, "cancelled before it began"))
        }
        guard let multi, poll >= 0, let transfer = idle.popLast() ?? Transfer(self) else {
            return finish(job, Self.failed(.protocol, .nothing, "the HTTP library has no memory"))
        }
        guard transfer.arm(job), curl_multi_add_handle(multi, transfer.handle) == CURLM_OK else {
            return finish(
                job,
                Self.failed(.protocol, .nothing, "the request was refused by the HTTP library")
            )
        }
        job.transfer = transfer
        active[ObjectIdentifier(job)] = job
        loop.requestsBegun.add(1, ordering: .relaxed)
    }

    /// A job that has ended meanwhile, or never began, has no transfer: nothing to do.
    func cancel(_ job: Job) {
        end(job, with: .cancelled)
    }

    func endAll(with kind: ClientFailure.Kind) {
        for job in Array(active.values) {
            end(job, with: kind)
        }
    }

    /// libcurl 7.88 forgets the time-out of a request that waits for a free connection.
    func endOverdueWaiters() {
        let now = MonotonicInstant.now()
        guard !active.isEmpty, now >= nextOverdueCheck else { return }
        nextOverdueCheck = now.adding(milliseconds: Int(Self.overdueCheckInterval))
        for job in Array(active.values) where job.transfer?.beginnings == 0 {
            guard case .request(let request) = job.work, job.begun.age > request.timeout else { continue }
            end(job, with: .timeout)
        }
    }

    private func end(_ job: Job, with kind: ClientFailure.Kind) {
        guard let transfer = job.transfer else { return }
        let written = transfer.written
        // libcurl closes the connection of a transfer that is taken out before its end.
        release(transfer, of: job)
        finish(job, Self.failed(kind, written, "ended by us before an answer"))
    }

    func collectFinished() {
        guard let multi else { return }
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE,
                let transfer = Transfer.of(message.pointee.easy_handle),
                let job = transfer.job
            else { continue }
            let outcome = transfer.outcome(of: ccurl_result(message))
            release(transfer, of: job)
            finish(job, outcome)
        }
    }

    private func release(_ transfer: Transfer, of job: Job) {
        if let multi { curl_multi_remove_handle(multi, transfer.handle) }
        job.transfer = nil
        active[ObjectIdentifier(job)] = nil
        transfer.disarm()
        if transfer.isReusable, idle.count < Self.idleTransfersMax { idle.append(transfer) }
    }

    private func finish(_ job: Job, _ outcome: Job.Outcome) {
        loop.requestsWaiting.subtract(1, ordering: .relaxed)
        job.finish(outcome)
    }

    private static func failed(
        _ kind: ClientFailure.Kind,
        _ written: ClientFailure.Written,
        _ text: String
    ) -> Job.Outcome {
        .failed(FailedTransfer(failure: ClientFailure(kind: kind, written: written, text: text)))
    }

    // MARK: Events

    func runDueTimer() {
        guard let multi, let deadline, deadline <= .now() else { return }
        self.deadline = nil
        var running: Int32 = 0
        curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running)
    }

    func wait(mayBlock: Bool) {
        var limit: Int32 = mayBlock ? (active.isEmpty ? Self.waitMax : Self.overdueCheckInterval) : 0
        if mayBlock, let deadline {
            let now = MonotonicInstant.now()
            let left = deadline <= now ? 0 : (deadline.nanoseconds - now.nanoseconds + 999_999) / 1_000_000
            limit = Int32(min(UInt64(limit), left))
        }
        eventCount = max(0, Int(epoll_wait(poll, events, Int32(Self.eventsPerTurnMax), limit)))
    }

    func handleEvents() {
        guard let multi else { return }
        var running: Int32 = 0
        for index in 0..<eventCount {
            let (socket, happened) = (events[index].data.fd, events[index].events)
            guard socket != wakeUp else {
                var count: UInt64 = 0
                _ = read(wakeUp, &count, 8)
                continue
            }
            guard registration(of: socket).wanted != 0 else {
                // An idle connection was closed by its peer. libcurl finds that out before it uses it again.
                unregister(socket)
                continue
            }
            var action: Int32 = 0
            if happened & EPOLLIN.rawValue != 0 { action |= CURL_CSELECT_IN }
            if happened & EPOLLOUT.rawValue != 0 { action |= CURL_CSELECT_OUT }
            if happened & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { action |= CURL_CSELECT_ERR }
            curl_multi_socket_action(multi, socket, action, &running)
        }
        eventCount = 0
    }

    // MARK: What libcurl asks for (called from its callbacks)

    func setTimer(milliseconds: Int) {
        deadline = milliseconds < 0 ? nil : MonotonicInstant.now().adding(milliseconds: milliseconds)
    }

    func socketChanged(_ socket: Int32, _ what: Int32) {
        var entry = registration(of: socket)
        guard what != CURL_POLL_REMOVE || entry.isOurs else { return unregister(socket) }
        var mask = EPOLLIN.rawValue
        if what != CURL_POLL_REMOVE, what & CURL_POLL_OUT != 0 { mask |= EPOLLOUT.rawValue }
        entry.wanted = what == CURL_POLL_REMOVE ? 0 : mask
        let isNeeded = entry.wanted != 0 || entry.registered != 0
        if isNeeded, entry.registered != mask {
            change(socket, entry.registered == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, mask)
            entry.registered = mask
        }
        registrations[Int(socket)] = entry
    }

    func socketOpened(_ socket: Int32) {
        loop.connectionOpened(socket)
        _ = registration(of: socket)
        registrations[Int(socket)] = Registration(isOurs: true)
    }

    func socketWillClose(_ socket: Int32) {
        loop.connectionWillClose(socket)
        _ = registration(of: socket)
        registrations[Int(socket)] = Registration()
    }

    func repeatPrevented() {
        loop.repeatsPrevented.add(1, ordering: .relaxed)
    }

    private func unregister(_ socket: Int32) {
        let entry = registration(of: socket)
        if entry.registered != 0 { change(socket, EPOLL_CTL_DEL, 0) }
        registrations[Int(socket)] = Registration(isOurs: entry.isOurs)
    }

    private func registration(of socket: Int32) -> Registration {
        let index = Int(socket)
        if index >= registrations.count {
            registrations.append(
                contentsOf: repeatElement(Registration(), count: index + 64 - registrations.count)
            )
        }
        return registrations[index]
    }

    private func change(_ socket: Int32, _ operation: Int32, _ mask: UInt32) {
        var event = epoll_event()
        event.events = mask
        event.data.fd = socket
        epoll_ctl(poll, operation, socket, &event)
    }
}

/// C calls these on the loop's thread; they only pass on. Formed here, outside any actor, because a callback
/// that inherits an actor's isolation traps when C calls it.
enum EngineCallbacks {
    static let socketChanged: ccurl_socket_callback = { _, socket, what, context, _ in
        engine(context)?.socketChanged(socket, what)
        return 0
    }

    static let timerChanged: ccurl_timer_callback = { _, milliseconds, context in
        engine(context)?.setTimer(milliseconds: milliseconds)
        return 0
    }

    static let closeSocket: ccurl_close_callback = { context, socket in
        engine(context)?.socketWillClose(socket)
        return close(socket)
    }

    private static func engine(_ context: UnsafeMutableRawPointer?) -> TransferEngine? {
        context.map { Unmanaged<TransferEngine>.fromOpaque($0).takeUnretainedValue() }
    }
}
