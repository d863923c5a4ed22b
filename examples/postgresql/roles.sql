-- Who applies owns the schema, and makes its tables with the first apply. Who only
-- plans may read them, those that come later as well.
CREATE ROLE tmsync_apply LOGIN;
CREATE ROLE tmsync_plan LOGIN;

CREATE SCHEMA tmsync AUTHORIZATION tmsync_apply;
GRANT USAGE ON SCHEMA tmsync TO tmsync_plan;
ALTER DEFAULT PRIVILEGES FOR ROLE tmsync_apply IN SCHEMA tmsync GRANT SELECT ON TABLES TO tmsync_plan;
