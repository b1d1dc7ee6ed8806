### Comments and issues.
