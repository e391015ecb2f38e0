INSERT INTO {events} (attempt, action, version, label, reason, program)
VALUES ({attempt}, 'repaired', {version}, {label}, {reason}, {program});
