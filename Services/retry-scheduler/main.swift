print("retry-scheduler")
