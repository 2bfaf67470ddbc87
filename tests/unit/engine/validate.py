"""Do the JSON files in a folder follow the schema? Prints each fault; exit 0 none, 1 some, 77 no validator."""
import json
import pathlib
import sys

try:
    import jsonschema
except ImportError:
    sys.exit(77)

schema = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding='utf-8'))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
faults = 0
files = sorted(pathlib.Path(sys.argv[2]).glob('*.json'))
for file in files:
    for fault in validator.iter_errors(json.loads(file.read_text(encoding='utf-8'))):
        print(f'{file.name}: {list(fault.path)}: {fault.message[:200]}')
        faults += 1
sys.exit(1 if faults or not files else 0)
