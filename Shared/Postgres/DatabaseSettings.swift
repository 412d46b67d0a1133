/// How to reach the database and how long to wait for what.
package struct DatabaseSettings: Sendable {
    /// `postgresql://user@host:port/name?options`; may hold a password, so it is never printed.
    package var url: String
    package var poolSize: Int
    /// For one attempt to connect, name resolution included only as far as libpq can be interrupted.
    package var connectTimeout: Duration
    /// How long work may wait for a connection.
    package var acquireTimeout: Duration
    /// The server ends a statement that runs longer.
    package var statementTimeout: Duration
    /// The server gives up waiting for one lock after this; below `statementTimeout`.
    package var lockTimeout: Duration
    package var applicationName: String
    /// Run on every new connection, as `SET ROLE …` or planner settings.
    package var sessionSetup: [String]
    /// Work that may wait for a connection; more is refused with `.overloaded`.
    package var waitingMax: Int

    package init(
        url: String,
        poolSize: Int = 4,
        connectTimeout: Duration = .seconds(5),
        acquireTimeout: Duration = .seconds(10),
        statementTimeout: Duration = .seconds(30),
        lockTimeout: Duration = .seconds(10),
        applicationName: String = "tidings",
        sessionSetup: [String] = [],
        waitingMax: Int = 1_000
    ) {
        precondition(poolSize > 0 && waitingMax > 0)
        self.url = url
        self.poolSize = poolSize
        self.connectTimeout = connectTimeout
        self.acquireTimeout = acquireTimeout
        self.statementTimeout = statementTimeout
        self.lockTimeout = lockTimeout
        self.applicationName = applicationName
        self.sessionSetup = sessionSetup
        self.waitingMax = waitingMax
    }
}
