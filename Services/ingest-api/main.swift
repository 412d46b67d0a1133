print("ingest-api")
