import ServiceKit

await ServiceMain.run("ingest-api", settings: IngestSettings.init, build: Ingest.build)
