-- As pg_dump shows the tables of SOGo 5.8, nine-table mode.
CREATE TABLE sogo_acl (
    c_folder_id integer NOT NULL,
    c_object character varying(255) NOT NULL,
    c_uid character varying(255) NOT NULL,
    c_role character varying(80) NOT NULL
);
CREATE TABLE sogo_alarms_folder (
    c_path character varying(255) NOT NULL,
    c_name character varying(255) NOT NULL,
    c_uid character varying(255) NOT NULL,
    c_recurrence_id integer,
    c_alarm_number integer NOT NULL,
    c_alarm_date integer NOT NULL
);
CREATE TABLE sogo_cache_folder (
    c_uid character varying(255) NOT NULL,
    c_path character varying(255) NOT NULL,
    c_parent_path character varying(255),
    c_type smallint NOT NULL,
    c_creationdate integer NOT NULL,
    c_lastmodified integer NOT NULL,
    c_version integer DEFAULT 0 NOT NULL,
    c_deleted smallint DEFAULT 0 NOT NULL,
    c_content text
);
CREATE TABLE sogo_folder_info (
    c_folder_id integer NOT NULL,
    c_path character varying(255) NOT NULL,
    c_path1 character varying(255) NOT NULL,
    c_path2 character varying(255),
    c_path3 character varying(255),
    c_path4 character varying(255),
    c_foldername character varying(255) NOT NULL,
    c_location character varying(2048),
    c_quick_location character varying(2048),
    c_acl_location character varying(2048),
    c_folder_type character varying(255) NOT NULL
);
CREATE TABLE sogo_quick_appointment (
    c_folder_id integer NOT NULL,
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
CREATE TABLE sogo_quick_contact (
    c_folder_id integer NOT NULL,
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
CREATE TABLE sogo_sessions_folder (
    c_id character varying(255) NOT NULL,
    c_value character varying(4096) NOT NULL,
    c_creationdate integer NOT NULL,
    c_lastseen integer NOT NULL
);
CREATE TABLE sogo_store (
    c_folder_id integer NOT NULL,
    c_name character varying(255) NOT NULL,
    c_content text NOT NULL,
    c_creationdate integer NOT NULL,
    c_lastmodified integer NOT NULL,
    c_version integer NOT NULL,
    c_deleted integer
);
CREATE TABLE sogo_user_profile (
    c_uid character varying(255) NOT NULL,
    c_defaults text,
    c_settings text
);
-- key sogo_cache_folder (c_uid, c_path)
-- key sogo_folder_info (c_path)
-- key sogo_quick_appointment (c_folder_id, c_name)
-- key sogo_quick_contact (c_folder_id, c_name)
-- key sogo_sessions_folder (c_id)
-- key sogo_store (c_folder_id, c_name)
-- key sogo_user_profile (c_uid)
