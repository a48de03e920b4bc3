"""The stand-in's archiver: an archive is the list of its objects' names and contents."""

import json
import sys

import files


def main():
    archive, response = sys.argv[1:3]
    members = [[name, files.read_json(name)] for name in files.read_lines(response)]
    with open(archive, "w") as f:
        json.dump(members, f, indent=1, sort_keys=True)


if __name__ == "__main__":
    main()
