from source_basecamp.run import run

if __name__ == "__main__":
    run()
