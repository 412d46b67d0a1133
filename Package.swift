// swift-tools-version:6.2
import PackageDescription

/// Everything outside Swift is a Debian library behind one small target; nothing is downloaded.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    // JSON, SQL values and the bus are generic over module borders, on every message's way.
    .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

func system(_ name: String, _ pkgConfig: String, _ package: String) -> Target {
    .systemLibrary(
        name: name,
        path: "Shared/CLibraries/\(name)",
        pkgConfig: pkgConfig,
        providers: [.apt([package])]
    )
}

func shim(_ name: String, links libraries: [String] = []) -> Target {
    .target(
        name: name,
        path: "Shared/CLibraries/\(name)",
        cSettings: [.define("_GNU_SOURCE")],
        // NDEBUG: Boost's assertions must not be reachable by a remote peer.
        cxxSettings: [.define("_GNU_SOURCE"), .define("NDEBUG")],
        linkerSettings: libraries.map { .linkedLibrary($0) }
    )
}

func shared(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Shared/\(name)", swiftSettings: strict)
}

func service(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name,
        dependencies: dependencies,
        path: "Services/\(name)",
        swiftSettings: strict
    )
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: strict)
}

let package = Package(
    name: "tidings",
    targets: [
        system("Crdkafka", "rdkafka", "librdkafka-dev"),
        system("Clibpq", "libpq", "libpq-dev"),
        system("Clibcrypto", "libcrypto", "libssl-dev"),
        system("Clibssl", "libssl", "libssl-dev"),
        .systemLibrary(name: "Ccsv", path: "Shared/CLibraries/Ccsv", providers: [.apt(["libcsv-dev"])]),
        system("Cxlsxwriter", "xlsxwriter", "libxlsxwriter-dev"),
        system("Czlib", "zlib", "zlib1g-dev"),
        shim("Ccurl", links: ["curl"]),
        shim("Cbeast"),
        /// Lets the embedded Kafka come back on the same port; for development programs and tests only.
        shim("Cbindport"),
        shim("Csimdjson", links: ["simdjson"]),
        shim("Cphonenumber", links: ["phonenumber"]),

        shared("Models"),
        shared("JSON", ["Csimdjson"]),
        shared("Runtime", ["Models", "JSON"]),
        shared("Crypto", ["Clibcrypto"]),
        shared("CSV", ["Ccsv"]),
        /// Tables as files for spreadsheets.
        shared("Spreadsheet", ["Cxlsxwriter", "CSV", "Models", "Runtime"]),
        shared("PhoneNumbers", ["Cphonenumber"]),
        shared("Compression", ["Czlib"]),
        shared("Kafka", ["Crdkafka"]),
        shared("Postgres", ["Clibpq", "Models"]),
        shared("HTTPClient", ["Ccurl"]),
        shared("HTTPServer", ["Cbeast", "JSON"]),
        /// What all our HTTP APIs read and answer alike: fields, parameters, pages of lists, problems.
        shared("APIKit", ["Models", "JSON", "Runtime", "Crypto", "Postgres", "HTTPServer"]),
        shared("EventBus", ["Models", "JSON", "Kafka", "Runtime"]),
        shared("Storage", ["Models", "JSON", "Postgres", "Crypto", "Runtime"]),
        shared("WhatsApp", ["Models", "JSON", "HTTPClient", "Crypto"]),
        /// What every service has: probes, metrics route, database, bus and the start and stop of all of them.
        shared(
            "ServiceKit",
            [
                "Models", "JSON", "Runtime", "Crypto", "Kafka", "Postgres", "HTTPClient", "HTTPServer", "EventBus",
                "Storage",
            ]
        ),

        service(
            "ingest-api",
            [
                "Models", "JSON", "Runtime", "Crypto", "PhoneNumbers", "Kafka", "Postgres", "HTTPServer",
                "EventBus", "HTTPClient", "WhatsApp",
                "Storage", "ServiceKit", "APIKit", "CSV",
            ]
        ),
        service(
            "dispatcher",
            [
                "Models", "JSON", "Runtime", "Crypto", "Postgres", "HTTPClient", "HTTPServer", "EventBus",
                "Kafka", "Storage", "WhatsApp", "ServiceKit",
            ]
        ),
        service(
            "retry-scheduler",
            [
                "Models", "JSON", "Runtime", "Crypto", "Kafka", "Postgres", "HTTPClient", "HTTPServer", "EventBus",
                "Storage", "WhatsApp", "ServiceKit", "APIKit", "Compression",
            ]
        ),
        service(
            "webhook-receiver",
            [
                "Models", "JSON", "Runtime", "Crypto", "Kafka", "Postgres", "HTTPServer", "EventBus",
                "Storage", "WhatsApp", "ServiceKit",
            ]
        ),
        service(
            "monitor",
            [
                "Models", "JSON", "Runtime", "Crypto", "Kafka", "Postgres", "HTTPClient", "HTTPServer", "EventBus",
                "Storage", "WhatsApp", "ServiceKit", "APIKit", "PhoneNumbers", "CSV", "Spreadsheet",
            ]
        ),
        service(
            "alerter",
            [
                "Models", "JSON", "Runtime", "Crypto", "Kafka", "Postgres", "HTTPClient", "HTTPServer", "EventBus",
                "Storage", "ServiceKit",
            ]
        ),
        service(
            "sandbox",
            [
                "Models", "JSON", "Runtime", "Crypto", "Kafka", "Postgres", "HTTPClient", "HTTPServer",
                "EventBus",
                "Storage", "WhatsApp", "ServiceKit", "Cbindport",
            ]
        ),

        /// For people at a terminal.
        service(
            "tidings",
            [
                "Models", "JSON", "Runtime", "Crypto", "Kafka", "Postgres", "HTTPClient", "EventBus", "Storage",
                "WhatsApp", "ServiceKit",
            ]
        ),

        .target(
            name: "TestSupport",
            dependencies: [
                "Models", "JSON", "Runtime", "Crypto", "Kafka", "Postgres", "HTTPClient", "HTTPServer", "EventBus",
                "Storage",
                "Cbindport",
            ],
            path: "Tests/Support",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "load",
            dependencies: ["Models", "JSON", "Runtime", "Crypto", "HTTPClient", "Postgres", "Storage"],
            path: "Tests/Load",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "kill-matrix",
            dependencies: ["Models", "JSON", "Runtime", "Postgres", "HTTPClient", "TestSupport"],
            path: "Tests/KillMatrix",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "http-fuzz-target",
            dependencies: ["HTTPServer"],
            path: "Tests/HTTPFuzz",
            swiftSettings: strict
        ),
        tests("ModelsTests", ["Models", "TestSupport"]),
        tests("JSONTests", ["JSON", "TestSupport"]),
        tests("RuntimeTests", ["Runtime", "JSON", "TestSupport"]),
        tests("CryptoTests", ["Crypto"]),
        tests("CSVTests", ["CSV", "Spreadsheet", "Models"]),
        tests("PhoneNumbersTests", ["PhoneNumbers"]),
        tests("KafkaTests", ["Kafka", "Cbindport", "TestSupport"]),
        tests("PostgresTests", ["Postgres", "Models", "TestSupport"]),
        tests("HTTPClientTests", ["HTTPClient", "Clibssl", "TestSupport"]),
        tests("HTTPServerTests", ["HTTPServer", "JSON", "Runtime", "TestSupport"]),
        tests("EventBusTests", ["EventBus", "Models", "Kafka", "Runtime", "TestSupport"]),
        tests("StorageTests", ["Storage", "Models", "JSON", "Runtime", "Crypto", "Postgres", "TestSupport"]),
        tests("WhatsAppTests", ["WhatsApp", "Models", "JSON", "HTTPClient", "TestSupport"]),
        tests(
            "ServiceTests",
            [
                "ingest-api", "dispatcher", "retry-scheduler", "webhook-receiver", "monitor", "alerter",
                "sandbox", "tidings",
                "Models", "JSON", "Runtime", "Crypto", "Kafka", "Postgres", "HTTPClient", "HTTPServer",
                "EventBus",
                "Storage", "WhatsApp", "ServiceKit", "APIKit", "Compression", "CSV", "TestSupport",
            ]
        ),
        tests(
            "ScenarioTests",
            ["Models", "JSON", "Crypto", "Runtime", "Postgres", "HTTPClient", "Storage", "TestSupport"]
        ),
        .testTarget(
            name: "SimulationTests",
            dependencies: ["dispatcher", "Models", "Storage", "TestSupport"],
            path: "Tests/Simulation",
            swiftSettings: strict
        ),
        tests("TidyTests", ["Models", "EventBus", "Runtime", "Storage", "APIKit", "TestSupport"]),
    ],
    cLanguageStandard: .gnu17,
    cxxLanguageStandard: .gnucxx17
)
