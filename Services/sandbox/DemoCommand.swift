import Crypto
import Glibc
import Models
import Postgres
import Runtime
import Storage

/// `sandbox demo [--second] [--state FILE]`: a tenant to try things with. Run again, it changes nothing.
enum DemoCommand {
    static func run(_ words: [String]) async -> Never {
        do {
            let arguments = try DemoArguments(words)
            let reader = SettingsReader()
            let databaseURL = reader.secret("PLATFORM_DATABASE_URL")
            let masterKeysText = reader.secret("MASTER_KEYS")
            try reader.finish()
            let masterKeys = try MasterKeys(parsing: masterKeysText.reveal())
            let key = try arguments.stateFile.map(DemoKeyFile.keepOrMake) ?? APIKey.make()
            let database = Database(
                DatabaseSettings(url: databaseURL.reveal(), poolSize: 1, applicationName: "sandbox-demo")
            )
            try await database.start()
            let demo = DemoTenant(arguments.tenant, key: key)
            let setup = demo.setup
            let store = TenantSetupStore(database, SecretStore(masterKeys))
            let tenantID = try await store.apply(setup)
            if let sender = demo.twilioSender { try await store.apply(sender, of: tenantID, templates: demo.twilioTemplates) }
            await database.stop()
            // The caller reads these lines; a key is worth nothing unless it is shown.
            print("DEMO_TENANT_ID=\(tenantID)")
            print("DEMO_API_KEY=\(key.secret.reveal())")
            print("DEMO_SENDER_ID=\(setup.sender.id)")
            if let sender = demo.twilioSender { print("DEMO_TWILIO_SENDER_ID=\(sender.id)") }
            exit(0)
        } catch {
            // Not on standard output, where only KEY=value lines are expected.
            let line = Array("sandbox demo: \(error)\n".utf8)
            _ = write(STDERR_FILENO, line, line.count)
            exit(1)
        }
    }
}

struct DemoArguments: Equatable {
    var tenant: DemoTenant.Which = .first
    /// Keeps the key, so that it is the same in the next run. Without it every run adds a key.
    var stateFile: String?

    struct Wrong: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    init(_ words: [String]) throws(Wrong) {
        var rest = words[...]
        while let word = rest.popFirst() {
            switch word {
            case "--second": tenant = .second
            case "--state":
                guard let path = rest.popFirst() else { throw Wrong(description: "--state needs a file") }
                stateFile = path
            default: throw Wrong(description: "unknown option \(word)")
            }
        }
    }
}

/// One key in a file that only its owner may read.
enum DemoKeyFile {
    struct Unusable: Error, CustomStringConvertible {
        let description: String
    }

    static func keepOrMake(at path: String) throws -> APIKey {
        if access(path, F_OK) == 0 {
            let text = SmallFile.text(at: path).map {
                $0.split(whereSeparator: \.isWhitespace).first.map(String.init) ?? ""
            }
            guard let key = text.flatMap(APIKey.init) else {
                throw Unusable(description: "\(path) holds no API key: remove it to get a new one")
            }
            return key
        }
        let key = APIKey.make()
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Unusable(description: "cannot write \(path): error \(errno)") }
        defer { close(descriptor) }
        let line = Array("\(key.secret.reveal())\n".utf8)
        guard write(descriptor, line, line.count) == line.count else {
            throw Unusable(description: "cannot write \(path): error \(errno)")
        }
        return key
    }
}
