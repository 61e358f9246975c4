-- As pg_dump shows the tables of one calendar and one address book of SOGo 5.8, three tables per folder.
CREATE TABLE calendar (
    c_name character varying(255) NOT NULL,
    c_content text NOT NULL,
    c_creationdate integer NOT NULL,
    c_lastmodified integer NOT NULL,
    c_version integer NOT NULL,
    c_deleted integer
);
CREATE TABLE calendar_acl (
    c_uid character varying(255) NOT NULL,
    c_object character varying(255) NOT NULL,
    c_role character varying(80) NOT NULL
);
CREATE TABLE calendar_quick (
    c_name character varying(255) NOT NULL,
    c_uid character varying(255) NOT NULL,
    c_startdate integer,
    c_enddate integer,
    c_cycleenddate integer,
    c_title character varying(1000) NOT NULL,
    c_participants text,
    c_isallday integer,
    c_iscycle integer,
    c_cycleinfo text,
    c_classification integer NOT NULL,
    c_isopaque integer NOT NULL,
    c_status integer NOT NULL,
    c_priority integer,
    c_location character varying(255),
    c_orgmail character varying(255),
    c_partmails text,
    c_partstates text,
    c_category character varying(255),
    c_sequence integer,
    c_component character varying(10) NOT NULL,
    c_nextalarm integer,
    c_description text
);
-- key calendar (c_name)
-- key calendar_quick (c_name)
CREATE TABLE contacts (
    c_name character varying(255) NOT NULL,
    c_content text NOT NULL,
    c_creationdate integer NOT NULL,
    c_lastmodified integer NOT NULL,
    c_version integer NOT NULL,
    c_deleted integer
);
CREATE TABLE contacts_acl (
    c_uid character varying(255) NOT NULL,
    c_object character varying(255) NOT NULL,
    c_role character varying(80) NOT NULL
);
CREATE TABLE contacts_quick (
    c_name character varying(255) NOT NULL,
    c_givenname character varying(255),
    c_cn character varying(255),
    c_sn character varying(255),
    c_screenname character varying(255),
    c_l character varying(255),
    c_mail text,
    c_o character varying(255),
    c_ou character varying(255),
    c_telephonenumber character varying(255),
    c_categories character varying(255),
    c_component character varying(10) NOT NULL,
    c_hascertificate integer
);
-- key contacts (c_name)
-- key contacts_quick (c_name)
