package import EventBus
package import Postgres
package import Runtime

/// What every service reads from its environment, under the same names everywhere.
package struct CommonSettings: Sendable {
    package let service: String
    package let database: DatabaseSettings
    /// The role that sees all tenants; only for services that ask for it.
    package let platformDatabase: DatabaseSettings
    package let bus: BusSettings
    package let listenAddress: String
    package let listenPort: Int
    package let logLevel: LogLevel

    package enum Role: Sendable {
        /// Acts for the tenants it names (`DATABASE_URL`).
        case service
        /// Sees all tenants (`PLATFORM_DATABASE_URL`).
        case platform
    }

    /// - Parameter needs: the roles this service connects as; the settings of others are not asked for.
    package init(_ reader: SettingsReader, service: String, needs: Set<Role>) {
        self.service = service
        let poolSize = reader.integer("DATABASE_POOL_SIZE", default: 4, in: 1...64)
        let timeout = reader.duration(
            "DATABASE_STATEMENT_TIMEOUT", default: .seconds(15), in: .milliseconds(100) ... .seconds(600))
        func settings(_ name: String, _ role: Role) -> DatabaseSettings {
            DatabaseSettings(
                url: needs.contains(role) ? reader.secret(name).reveal() : "", poolSize: poolSize,
                statementTimeout: timeout, applicationName: service)
        }
        database = settings("DATABASE_URL", .service)
        platformDatabase = settings("PLATFORM_DATABASE_URL", .platform)
        bus = BusSettings(reader, service: service)
        listenAddress = reader.text("LISTEN_ADDRESS", default: "127.0.0.1")
        listenPort = reader.integer("LISTEN_PORT", default: 0, in: 0...65_535)
        logLevel = reader.choice("LOG_LEVEL", default: .info, placeholder: .info)
    }
}
